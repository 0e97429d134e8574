import Synchronization

/// All items of one request, which is answered when the last of them is scored; or sooner, with an error.
final class ScoringBatch: Sendable {
  private enum Phase {
    case open
    case waiting(CheckedContinuation<[ScoredItem], any Error>)
    /// The answer is there before it is waited for.
    case over(Result<[ScoredItem], ServeError>)
    case answered
  }

  private struct State {
    var items: [ScoredItem?]
    var left: Int
    var phase = Phase.open
  }

  let model: ServedModel
  private let state: Mutex<State>

  init(model: ServedModel, count: Int) {
    self.model = model
    state = Mutex(State(items: Array(repeating: nil, count: count), left: count))
  }

  /// Whether nobody waits for it any more.
  var isOver: Bool {
    state.withLock { state in
      switch state.phase {
      case .open, .waiting: false
      case .over, .answered: true
      }
    }
  }

  /// Takes what an item got.
  func finish(_ place: Int, _ item: ScoredItem) {
    let answer = state.withLock { state -> Result<[ScoredItem], ServeError>? in
      guard state.items[place] == nil else { return nil }
      state.items[place] = item
      state.left -= 1
      return state.left == 0 ? .success(state.items.compactMap { $0 }) : nil
    }
    if let answer { end(answer) }
  }

  /// Answers with an error, unless it has been answered.
  func fail(_ error: ServeError) { end(.failure(error)) }

  private func end(_ answer: Result<[ScoredItem], ServeError>) {
    let waiting = state.withLock { state -> CheckedContinuation<[ScoredItem], any Error>? in
      switch state.phase {
      case .open:
        state.phase = .over(answer)
        return nil
      case .waiting(let continuation):
        state.phase = .answered
        return continuation
      case .over, .answered: return nil
      }
    }
    waiting?.resume(with: answer.mapError { $0 })
  }

  /// What the items got, in their order; waited for once.
  func items() async throws -> [ScoredItem] {
    try await withCheckedThrowingContinuation { continuation in
      let ready = state.withLock { state -> Result<[ScoredItem], ServeError>? in
        guard case .over(let answer) = state.phase else {
          state.phase = .waiting(continuation)
          return nil
        }
        state.phase = .answered
        return answer
      }
      if let ready { continuation.resume(with: ready.mapError { $0 }) }
    }
  }
}
