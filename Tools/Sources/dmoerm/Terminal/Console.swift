import Foundation
import Synchronization

/// Writes lines, and one line below them that is rewritten in place while something is going on.
///
/// Locked, because an interrupt may have to clear the live line while another thread works.
final class Console: Sendable {
  let terminal: Terminal
  private let descriptor: Int32
  private let state = Mutex(State())
  /// At least this long between two states of the live line: ten a second.
  private static let interval = Duration.milliseconds(100)

  private struct State {
    var isLive = false
    var lastUpdate: ContinuousClock.Instant?
  }

  /// What the program was asked for.
  static let output = Console(STDOUT_FILENO)
  /// Progress and errors.
  static let error = Console(STDERR_FILENO)

  init(_ descriptor: Int32, terminal: Terminal? = nil) {
    self.descriptor = descriptor
    self.terminal = terminal ?? .of(descriptor)
  }

  /// Writes lines above the live line, which is gone until the next `show`.
  func print(_ lines: String...) { print(lines) }

  func print(_ lines: [String]) {
    state.withLock { state in
      write((state.isLive ? "\r\u{1B}[K" : "") + lines.map { $0 + "\n" }.joined())
      state = State()
    }
  }

  /// Rewrites the live line, unless it was rewritten less than a tenth of a second ago. Only on a terminal.
  ///
  /// - Parameter line: Makes the line for a width; called only when it is shown.
  func show(now: ContinuousClock.Instant = .now, _ line: (Terminal) -> String) {
    guard terminal.isInteractive else { return }
    state.withLock { state in
      if let last = state.lastUpdate, now - last < Self.interval { return }
      var terminal = terminal
      terminal.width = Terminal.of(descriptor).width
      write("\r" + line(terminal) + "\u{1B}[K")
      state = State(isLive: true, lastUpdate: now)
    }
  }

  /// Removes the live line.
  func clear() {
    state.withLock { state in
      if state.isLive { write("\r\u{1B}[K") }
      state = State()
    }
  }

  /// Everything at once; a closed pipe ends the program as it ends others, by its signal.
  private func write(_ text: String) {
    var rest = Data(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}
