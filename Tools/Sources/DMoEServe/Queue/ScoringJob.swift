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

  init(_ item: ScoringItem, at place: Int, of batch: ScoringBatch) {
    self.batch = batch
    self.place = place
    self.item = item
    let prompt = KeptPrompts.Key(conversation: item.conversation, category: item.category)
    group = Group(prompt: prompt, isNormalized: item.isNormalized)
    tokens = item.responses.reduce(0) { $0 + batch.model.tokenCount(of: $1) }
    promptTokens = batch.model.promptTokenCount(of: prompt)
  }

  /// Whether both are one item of one request.
  func isSame(as other: ScoringJob) -> Bool { batch === other.batch && place == other.place }
}
