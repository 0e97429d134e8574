import Foundation
import Synchronization

/// Writes lines, and one line below them that is rewritten in place while something is going on.
///
/// Locked, because an interrupt may have to clear the live line while another thread works. What the program was asked for
/// is never lost in silence: where it cannot be written, the program ends.
final class Console: Sendable {
  let terminal: Terminal
  private let descriptor: Int32
  private let isResult: Bool
  private let state = Mutex(State())
  /// At least this long between two states of the live line: ten a second.
  private static let interval = Duration.milliseconds(100)

  private struct State {
    var isLive = false
    var lastUpdate: ContinuousClock.Instant?
  }

  /// What the program was asked for.
  static let output = Console(STDOUT_FILENO, isResult: true)
  /// Progress and errors.
  static let error = Console(STDERR_FILENO)
  /// Whether neither writes anything: of several ranks only the first speaks.
  private static let isSilent = Atomic<Bool>(false)

  /// From now on this process says nothing of its own.
  static func silence() { isSilent.store(true, ordering: .relaxed) }

  /// - Parameter isResult: Whether the program has failed where a line cannot be written. Of progress nothing depends on
  ///   being seen.
  init(_ descriptor: Int32, terminal: Terminal? = nil, isResult: Bool = false) {
    self.descriptor = descriptor
    self.terminal = terminal ?? .of(descriptor)
    self.isResult = isResult
  }

  /// Writes lines above the live line, which is gone until the next `show`.
  func print(_ lines: String...) { print(lines) }

  func print(_ lines: [String]) {
    state.withLock { state in
      writeAll((state.isLive ? "\r\u{1B}[K" : "") + lines.map { $0 + "\n" }.joined())
      state = State()
    }
  }

  /// Writes a piece of a text as it is.
  func write(_ piece: String) {
    state.withLock { state in
      writeAll((state.isLive ? "\r\u{1B}[K" : "") + piece)
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
      writeAll("\r" + line(terminal) + "\u{1B}[K")
      state = State(isLive: true, lastUpdate: now)
    }
  }

  /// Removes the live line.
  func clear() {
    state.withLock { state in
      if state.isLive { writeAll("\r\u{1B}[K") }
      state = State()
    }
  }

  /// Says that no more will come: some file systems tell only now that what was written does not fit.
  func close() {
    if Foundation.close(descriptor) < 0, errno != EINTR { lose(errno) }
  }

  /// Everything at once.
  private func writeAll(_ text: String) {
    guard !Self.isSilent.load(ordering: .relaxed) else { return }
    var rest = Data(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        // Another program has made the pipe one that does not wait.
        var pipe = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&pipe, 1, -1)
      } else if errno != EINTR {
        return lose(errno)
      }
    }
  }

  /// Ends the program if what is lost was its result. At once, as work on other threads would be for nothing; what it has
  /// kept in files is as after a kill.
  private func lose(_ reason: Int32) {
    guard isResult else { return }
    // Who closed the pipe has read enough, and knows.
    if reason == EPIPE { _exit(ExitStatus.closedPipe.rawValue) }
    Console.error.clear()
    Console.error.print(Failure("standard output cannot be written: \(String(cString: strerror(reason)))").lines)
    _exit(ExitStatus.failure.rawValue)
  }
}
