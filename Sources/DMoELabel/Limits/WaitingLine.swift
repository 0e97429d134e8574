import Synchronization

/// A line of tasks in the order in which they came, of which only the first may look whether its turn has come.
final class WaitingLine: Sendable {
  private struct State {
    var next: UInt64 = 0
    var order: [UInt64] = []
    var waiting: [UInt64: CheckedContinuation<Void, any Error>] = [:]
    /// The first was called while it was not waiting; it must look again before it waits.
    var called: UInt64?
  }

  private let state = Mutex(State())

  /// Stands at the end of the line; whoever joins must leave.
  func join() -> UInt64 {
    state.withLock { state in
      state.next += 1
      state.order.append(state.next)
      return state.next
    }
  }

  /// Whether a task is first.
  func isFirst(_ ticket: UInt64) -> Bool { state.withLock { $0.order.first == ticket } }

  /// Leaves the line and calls whoever is first then.
  func leave(_ ticket: UInt64) {
    state.withLock { state in
      state.order.removeAll { $0 == ticket }
      if state.called == ticket { state.called = nil }
    }
    callFirst()
  }

  /// Has the first look again.
  func callFirst() {
    let continuation = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      guard let first = state.order.first else { return nil }
      let continuation = state.waiting.removeValue(forKey: first)
      if continuation == nil { state.called = first }
      return continuation
    }
    continuation?.resume()
  }

  /// Waits until called as the first; it may be called without need.
  ///
  /// - Throws: `CancellationError`.
  func wait(_ ticket: UInt64) async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let result = state.withLock { state -> Result<Void, any Error>? in
          // Canceled before the lock was taken: the handler found nobody waiting.
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.called == ticket {
            state.called = nil
            return .success(())
          }
          state.waiting[ticket] = continuation
          return nil
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume(throwing: CancellationError())
    }
  }
}
