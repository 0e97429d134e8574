import Dispatch
import Synchronization

/// Where threads that train take their places, tell what happens and put their results; one other thread serves.
final class MemberDesk: Sendable {
  private struct State {
    var places: Range<Int>
    var told: [(event: ExperimentEvent, answer: DispatchSemaphore)] = []
    var members: [Experiment.Member?]
    var left = 0
    var failures: [String] = []
    /// What stops everything.
    var error: (any Error)?
  }

  private let state: Mutex<State>
  /// Raised for everything told, and for everyone who leaves.
  private let news = DispatchSemaphore(value: 0)

  init(places: Int) {
    state = Mutex(State(places: 0..<places, members: Array(repeating: nil, count: places)))
  }

  /// The next place that nobody has taken; `nil` once there is none, or an error.
  func nextPlace() -> Int? { state.withLock { $0.error == nil ? $0.places.popFirst() : nil } }

  /// Returns when the event was handled.
  ///
  /// - Throws: `CancellationError` if everything is to stop.
  func tell(_ event: ExperimentEvent) throws {
    let answer = DispatchSemaphore(value: 0)
    state.withLock { $0.told.append((event, answer)) }
    news.signal()
    answer.wait()
    if state.withLock({ $0.error != nil }) { throw CancellationError() }
  }

  func put(_ member: Experiment.Member, at place: Int) { state.withLock { $0.members[place] = member } }

  /// One member less.
  func fail(_ reason: String) { state.withLock { $0.failures.append(reason) } }

  /// The first error counts; those of members that were stopped by it do not.
  func stop(_ error: any Error) { state.withLock { if $0.error == nil { $0.error = error } } }

  func leave() {
    state.withLock { $0.left += 1 }
    news.signal()
  }

  /// Handles what is told until everyone has left.
  func serve(_ width: Int, _ onEvent: (ExperimentEvent) throws -> Void) throws -> [Experiment.Member] {
    while true {
      let (next, isOver) = state.withLock { state in
        (state.told.isEmpty ? nil : state.told.removeFirst(), state.left == width)
      }
      if let next {
        if state.withLock({ $0.error == nil }) {
          do { try onEvent(next.event) } catch { stop(error) }
        }
        next.answer.signal()
      } else if isOver {
        break
      } else {
        news.wait()
      }
    }
    let (members, failures, error) = state.withLock { ($0.members, $0.failures, $0.error) }
    if let error { throw error }
    guard failures.isEmpty else { throw ExperimentError.failedMembers(failures.sorted()) }
    return members.compactMap { $0 }
  }
}
