import Dispatch
import Synchronization

/// A queue of events from several threads to one that handles them; who sends waits until its event was handled.
///
/// The first error, of a sender or of the handler, cancels the queue: what was not handled yet is passed over, and whoever
/// sends gets a `CancellationError`.
final class EventQueue<Event: Sendable>: Sendable {
  private struct State {
    var waiting: [(event: Event, handled: DispatchSemaphore)] = []
    var senders: Int
    var error: (any Error)?
  }

  private let state: Mutex<State>
  /// Raised once for every event, and for every sender that ends.
  private let news = DispatchSemaphore(value: 0)

  /// - Parameter senders: The threads that will send; each calls `finish()` once.
  init(senders: Int) { state = Mutex(State(senders: senders)) }

  /// Whether an error has ended the work.
  var isCancelled: Bool { state.withLock { $0.error != nil } }

  /// Returns when the event was handled.
  ///
  /// - Throws: `CancellationError` once the queue is cancelled.
  func send(_ event: Event) throws {
    let handled = DispatchSemaphore(value: 0)
    state.withLock { $0.waiting.append((event, handled)) }
    news.signal()
    handled.wait()
    if isCancelled { throw CancellationError() }
  }

  /// Ends the work; the first error is the one that `handleAll` throws.
  func cancel(_ error: any Error) {
    state.withLock { if $0.error == nil { $0.error = error } }
  }

  /// One sender less.
  func finish() {
    state.withLock { $0.senders -= 1 }
    news.signal()
  }

  /// Handles events on this thread, in the order in which they were sent, until all senders have finished.
  ///
  /// - Throws: The error that cancelled the queue.
  func handleAll(_ handle: (Event) throws -> Void) throws {
    while true {
      let (next, isOver) = state.withLock { state in
        (state.waiting.isEmpty ? nil : state.waiting.removeFirst(), state.senders == 0)
      }
      if let next {
        if !isCancelled {
          do { try handle(next.event) } catch { cancel(error) }
        }
        next.handled.signal()
      } else if isOver {
        break
      } else {
        news.wait()
      }
    }
    if let error = state.withLock({ $0.error }) { throw error }
  }
}
