import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and SIGTERM: the first is a wish that work looks for, the second ends the program at once.
final class Interrupt {
  private let sources: [any DispatchSourceSignal]
  private let wish = Wish()

  private final class Wish: Sendable {
    /// The signal that came; 0 is none.
    let number = Atomic<Int32>(0)
  }

  /// - Parameters:
  ///   - wait: Said when the first signal comes, on standard error.
  ///   - first: Called when the first signal comes, on another thread.
  init(wait: String, first: @escaping @Sendable () -> Void = {}) {
    // A queue of its own: the shared ones are full of arithmetic.
    let queue = DispatchQueue(label: "dmoerm.interrupt")
    let wish = wish
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        let before = wish.number.exchange(number, ordering: .relaxed)
        Console.error.clear()
        // At once: threads that are multiplying must not meet a library that is being unloaded.
        if before != 0 { _exit(128 + number) }
        Console.error.print(wait)
        first()
      }
      source.resume()
      return source
    }
  }

  /// - Throws: `Failure` with this message and hint if a signal came.
  func check(_ message: @autoclosure () -> String, hint: @autoclosure () -> String) throws {
    guard wish.number.load(ordering: .relaxed) != 0 else { return }
    throw Failure(message(), hint: hint(), status: .interrupted)
  }

  /// Gives the signals their usual meaning back.
  func end() {
    for source in sources { source.cancel() }
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }
}
