import Dispatch
import Foundation

/// Ends the program on Ctrl-C with a word on how to go on. The run folder is whole at every moment, so nothing is lost.
final class Interrupt {
  private let sources: [any DispatchSourceSignal]

  /// - Parameter lines: What is said, on standard error.
  init(_ lines: [String]) {
    // A queue of its own: the shared ones are full of arithmetic.
    let queue = DispatchQueue(label: "dmoerm.interrupt")
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        Console.error.clear()
        Console.error.print(lines)
        // At once: threads that are multiplying must not meet a library that is being unloaded.
        _exit(128 + number)
      }
      source.resume()
      return source
    }
  }

  /// Gives the signals their usual meaning back.
  func end() {
    for source in sources { source.cancel() }
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }
}
