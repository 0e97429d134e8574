@_spi(Command) import DMoERM

/// A live line with a bar for work that counts its parts.
enum Working {
  static func show<T>(
    _ name: String, on console: Console = .error, _ body: ((_ done: Int, _ total: Int) -> Void) throws -> T
  ) throws -> T {
    defer { console.clear() }
    let start = ContinuousClock.now
    return try body { done, total in
      console.show { line(name, done: done, of: total, seconds: start.duration(to: .now).seconds, $0) }
    }
  }

  static func line(_ name: String, done: Int, of total: Int, seconds: Double, _ terminal: Terminal) -> String {
    let left = done > 0 ? "  \(DurationText.clock(seconds / Double(done) * Double(total - done))) left" : ""
    let rest = " \(done)/\(total)" + left
    let bar = min(30, terminal.width - 2 - name.displayWidth - rest.displayWidth)
    let fraction = total > 0 ? Double(done) / Double(total) : 0
    let text = bar >= 5 ? name + " " + terminal.bar(fraction, width: bar) + rest : name + rest
    return text.displayWidth < terminal.width
      ? text : (name + rest).truncated(to: max(1, terminal.width - 1), ellipsis: "")
  }
}
