import DMoERM
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
    /// By item, as far as they are there.
    var responses: [[Result<RewardBreakdown, ServeError>?]]
    var items: [ScoredItem]
    /// Parts of items that are not scored yet, by their responses.
    var left: Int
    var phase = Phase.open
  }

  let model: ServedModel
  private let state: Mutex<State>

  init(_ items: [ScoringItem], by model: ServedModel) {
    self.model = model
    state = Mutex(
      State(
        responses: items.map { Array(repeating: nil, count: $0.responses.count) },
        items: items.map { _ in ScoredItem(responses: [], promptTokens: 0, isCached: false) },
        left: items.reduce(0) { $0 + Self.weight($1.responses.indices) }))
  }

  /// An item without a response is scored, too.
  private static func weight(_ part: Range<Int>) -> Int { max(1, part.count) }

  /// Whether nobody waits for it any more.
  var isOver: Bool {
    state.withLock { state in
      switch state.phase {
      case .open, .waiting: false
      case .over, .answered: true
      }
    }
  }

  /// Takes what a part of an item got: some of its responses, or all.
  func finish(_ place: Int, _ part: Range<Int>, _ scored: ScoredItem) {
    let answer = state.withLock { state -> Result<[ScoredItem], ServeError>? in
      guard state.responses[place][part].allSatisfy({ $0 == nil }) else { return nil }
      for (response, result) in zip(part, scored.responses) { state.responses[place][response] = result }
      state.items[place].promptTokens = max(state.items[place].promptTokens, scored.promptTokens)
      // The first part paid for the prompt, or nobody did.
      if part.lowerBound == 0 { state.items[place].isCached = scored.isCached }
      state.left -= Self.weight(part)
      guard state.left == 0 else { return nil }
      return .success(
        zip(state.items, state.responses).map { item, responses in
          ScoredItem(responses: responses.compactMap { $0 }, promptTokens: item.promptTokens, isCached: item.isCached)
        })
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
