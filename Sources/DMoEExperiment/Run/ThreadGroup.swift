import Foundation
import Synchronization

/// A group of threads that share a list of jobs; what the jobs report is handled on the calling thread.
struct ThreadGroup {
  /// The number of threads; none only where there are no jobs.
  let count: Int

  /// Runs a job for each input, each once, and returns what they return in the order of the inputs.
  ///
  /// - Parameters:
  ///   - onEvent: Called on the calling thread, for one event at a time; a job waits until its own was handled.
  ///   - job: Called on a thread of the group, with what sends an event to `onEvent`.
  /// - Throws: The first error of a job or of `onEvent`. Jobs that have not begun are not begun then, and the others end
  ///   when they send their next event.
  func map<Input: Sendable, Output: Sendable, Event: Sendable>(
    _ inputs: [Input], onEvent: (Event) throws -> Void,
    job: @escaping @Sendable (_ input: Input, _ send: (Event) throws -> Void) throws -> Output
  ) throws -> [Output] {
    let queue = EventQueue<Event>(senders: count)
    let jobs = JobList<Output>(count: inputs.count)
    for _ in 0..<count {
      let thread = Thread {
        while !queue.isCancelled, let index = jobs.next() {
          do { jobs.finish(index, try job(inputs[index], queue.send)) } catch { queue.cancel(error) }
        }
        queue.finish()
      }
      thread.name = "DMoERM experiment"
      thread.start()
    }
    try queue.handleAll(onEvent)
    return jobs.outputs()
  }
}

/// Jobs by number, each given out once, and their outputs.
private final class JobList<Output: Sendable>: Sendable {
  private struct State {
    var open: Range<Int>
    var outputs: [Output?]
  }

  private let state: Mutex<State>

  init(count: Int) { state = Mutex(State(open: 0..<count, outputs: Array(repeating: nil, count: count))) }

  /// The next job that nobody has taken; `nil` once there is none.
  func next() -> Int? { state.withLock { $0.open.popFirst() } }

  func finish(_ index: Int, _ output: Output) { state.withLock { $0.outputs[index] = output } }

  /// All outputs, once all jobs are done.
  func outputs() -> [Output] {
    state.withLock { state in
      state.outputs.map { output in
        guard let output else { preconditionFailure("JobList: a job ended without an output") }
        return output
      }
    }
  }
}
