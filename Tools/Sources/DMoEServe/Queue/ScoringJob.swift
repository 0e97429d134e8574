/// An item that waits, with the request that it is part of.
struct ScoringJob: Sendable {
  /// What jobs have in common that go on from one prompt, on one scale.
  struct Group: Hashable, Sendable {
    let prompt: KeptPrompts.Key
    let isNormalized: Bool
  }

  let batch: ScoringBatch
  /// The item's place among those of its request.
  let place: Int
  let item: ScoringItem
  let group: Group
  /// Tokens of the responses, without the template.
  let tokens: Int
  /// Tokens of the prompt, template included.
  let promptTokens: Int

  /// The jobs of a request, in the order of its items.
  static func jobs(_ items: [ScoringItem], of batch: ScoringBatch) -> [ScoringJob] {
    // Many items may have one prompt, whose tokens are counted once.
    var promptTokens: [KeptPrompts.Key: Int] = [:]
    return items.enumerated().map { place, item in
      let prompt = KeptPrompts.Key(conversation: item.conversation, category: item.category)
      let count = promptTokens[prompt] ?? batch.model.promptTokenCount(of: prompt)
      promptTokens[prompt] = count
      return ScoringJob(
        batch: batch, place: place, item: item, group: Group(prompt: prompt, isNormalized: item.isNormalized),
        tokens: item.responses.reduce(0) { $0 + batch.model.tokenCount(of: $1) }, promptTokens: count)
    }
  }

  /// Whether both are one item of one request.
  func isSame(as other: ScoringJob) -> Bool { batch === other.batch && place == other.place }
}
