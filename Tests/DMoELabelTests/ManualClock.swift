@_spi(Command) import DMoELabel
import Synchronization

/// A clock that stands still until it is released, with those who wait for it.
final class ManualClock: LabelClock {
  private struct State {
    var isReleased = false
    var sleepers: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  var now: Duration { state.withLock { $0.isReleased } ? .seconds(1_000_000) : .zero }

  /// How many wait.
  var sleeperCount: Int { state.withLock { $0.sleepers.count } }

  func sleep(for duration: Duration) async throws {
    await withCheckedContinuation { continuation in
      let isReleased = state.withLock { state in
        if !state.isReleased { state.sleepers.append(continuation) }
        return state.isReleased
      }
      if isReleased { continuation.resume() }
    }
    try Task.checkCancellation()
  }

  /// Lets a long time pass.
  func release() {
    let sleepers = state.withLock { state in
      state.isReleased = true
      defer { state.sleepers = [] }
      return state.sleepers
    }
    for sleeper in sleepers { sleeper.resume() }
  }
}
