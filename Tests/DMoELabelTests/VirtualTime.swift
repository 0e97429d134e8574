@_spi(Command) import DMoELabel
import Dispatch
import Synchronization

/// A clock and the executor of the tasks that look at it: when all of them wait, time goes on to the first who wakes.
final class VirtualTime: TaskExecutor, LabelClock {
  private struct State {
    var jobs: [UnownedJob] = []
    var sleepers: [(wake: Duration, id: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    var now: Duration = .zero
    var nextID = 0
    var isRunning = false
  }

  private let state = Mutex(State())

  var now: Duration { state.withLock { $0.now } }

  func sleep(for duration: Duration) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        let isCancelled = state.withLock { state in
          if !Task.isCancelled { state.sleepers.append((state.now + duration, id, continuation)) }
          return Task.isCancelled
        }
        if isCancelled { continuation.resume(throwing: CancellationError()) }
      }
    } onCancel: {
      state.withLock { state in
        state.sleepers.firstIndex { $0.id == id }.map { state.sleepers.remove(at: $0).continuation }
      }?.resume(throwing: CancellationError())
    }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let starts = state.withLock { state in
      state.jobs.append(job)
      defer { state.isRunning = true }
      return !state.isRunning
    }
    if starts { DispatchQueue.global().async { self.run() } }
  }

  private func run() {
    while true {
      let job = state.withLock { $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }
      if let job {
        job.runSynchronously(on: asUnownedTaskExecutor())
        continue
      }
      let sleeper = state.withLock { state -> CheckedContinuation<Void, any Error>? in
        let first = state.sleepers.indices.min {
          (state.sleepers[$0].wake, state.sleepers[$0].id) < (state.sleepers[$1].wake, state.sleepers[$1].id)
        }
        guard state.jobs.isEmpty, let first else {
          if state.jobs.isEmpty { state.isRunning = false }
          return nil
        }
        let sleeper = state.sleepers.remove(at: first)
        state.now = max(state.now, sleeper.wake)
        return sleeper.continuation
      }
      if let sleeper { sleeper.resume() } else if state.withLock({ !$0.isRunning }) { return }
    }
  }
}
