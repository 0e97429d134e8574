import Dispatch
import Foundation

/// A thread beside the calling one, which waits for its end.
package final class RankThread: Sendable {
  private let end = DispatchSemaphore(value: 0)

  /// Starts the thread.
  package init(_ body: @escaping @Sendable () -> Void) {
    let thread = Thread { [end] in
      body()
      end.signal()
    }
    // As much as the main thread of a program has.
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Waits until the body has returned. Called once.
  package func join() { end.wait() }
}
