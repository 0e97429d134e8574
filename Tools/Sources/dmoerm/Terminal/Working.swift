@_spi(Command) import DMoERM

/// Work that counts its parts: a live line with a bar on a terminal, elsewhere a line every ten seconds.
enum Working {
  /// Whoever waits without a terminal is told after so long, and then again.
  static let pause = Duration.seconds(10)

  /// - Parameter delay: Work that is done sooner shows nothing.
  static func show<T>(
    _ name: String, after delay: Duration = .zero, on console: Console = .error,
    _ body: ((_ done: Int, _ total: Int) -> Void) throws -> T
  ) throws -> T {
    defer { console.clear() }
    return try body(teller(name, after: delay, on: console))
  }

  /// The same of work that waits for others.
  static func show<T>(
    _ name: String, after delay: Duration = .zero, on console: Console = .error,
    _ body: ((_ done: Int, _ total: Int) -> Void) async throws -> T
  ) async throws -> T {
    defer { console.clear() }
    return try await body(teller(name, after: delay, on: console))
  }

  private static func teller(
    _ name: String, after delay: Duration, on console: Console
  ) -> (_ done: Int, _ total: Int) -> Void {
    let start = ContinuousClock.now
    var told = start
    return { done, total in
      let now = ContinuousClock.now
      guard start.duration(to: now) >= delay else { return }
      func text(_ terminal: Terminal) -> String {
        line(name, done: done, of: total, seconds: start.duration(to: now).seconds, terminal)
      }
      if console.terminal.isInteractive {
        console.show(now: now, text)
      } else if told.duration(to: now) >= pause {
        told = now
        console.print(words(name, done: done, of: total, seconds: start.duration(to: now).seconds))
      }
    }
  }

  /// Reads a backbone: a line where that takes more than a moment.
  static func reading<T>(_ body: ((_ done: Int, _ total: Int) -> Void) throws -> T) throws -> T {
    try show("reading the backbone, layer", after: .seconds(1), body)
  }

  static func line(_ name: String, done: Int, of total: Int, seconds: Double, _ terminal: Terminal) -> String {
    let rest = counts(done, of: total, seconds: seconds)
    let bar = min(30, terminal.width - 2 - name.displayWidth - rest.displayWidth)
    let fraction = total > 0 ? Double(done) / Double(total) : 0
    let text = bar >= 5 ? name + " " + terminal.bar(fraction, width: bar) + rest : name + rest
    return text.displayWidth < terminal.width
      ? text : (name + rest).truncated(to: max(1, terminal.width - 1), ellipsis: "")
  }

  /// The same without a bar, for files and pipes.
  static func words(_ name: String, done: Int, of total: Int, seconds: Double) -> String {
    name + counts(done, of: total, seconds: seconds)
  }

  private static func counts(_ done: Int, of total: Int, seconds: Double) -> String {
    let left = done > 0 ? "  \(DurationText.clock(seconds / Double(done) * Double(total - done))) left" : ""
    return " \(done)/\(total)" + left
  }
}
