import Foundation
import Synchronization

/// Runs work that waits on the calling thread and no other: ranks that are threads of one program wait for each other, each of
/// which needs a thread of its own.
package func onThisThread<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) throws -> R {
  let executor = OneThread()
  let result = Mutex<Result<R, any Error>?>(nil)
  let work = Work(body)
  Task(executorPreference: executor) {
    let own: Result<R, any Error>
    do { own = .success(try await work.body()) } catch { own = .failure(error) }
    result.withLock { $0 = own }
    executor.end()
  }
  executor.run()
  guard let result = result.withLock({ $0 }) else { preconditionFailure("onThisThread: the work has not ended") }
  return try result.get()
}

private struct Work<R: Sendable>: Sendable {
  let body: @Sendable () async throws -> R

  init(_ body: @escaping @Sendable () async throws -> R) { self.body = body }
}

/// An executor whose jobs run on the thread that calls `run()`.
private final class OneThread: TaskExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    var isOver = false
  }

  private let state = Mutex(State())
  private let news = DispatchSemaphore(value: 0)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    state.withLock { $0.jobs.append(job) }
    news.signal()
  }

  func end() {
    state.withLock { $0.isOver = true }
    news.signal()
  }

  func run() {
    while true {
      news.wait()
      let (job, isOver) = state.withLock { ($0.jobs.isEmpty ? nil : $0.jobs.removeFirst(), $0.isOver) }
      if let job { job.runSynchronously(on: asUnownedTaskExecutor()) } else if isOver { return }
    }
  }
}
