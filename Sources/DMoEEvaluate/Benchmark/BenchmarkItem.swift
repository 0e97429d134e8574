public import DMoEData

/// One question of a benchmark: a conversation with responses of which it is known which are right.
public struct BenchmarkItem: Sendable, Hashable {
  /// The identifier of the item in the benchmark; only items of other categories may have the same.
  public let id: String
  /// The subset, domain, scenario or source that it belongs to.
  public let category: String
  /// Kinds besides its category that it is counted under, too: the model whose responses they are, kinds of prompt.
  public let tags: [String]
  /// The conversation that the responses answer, without turns that say nothing.
  public let conversation: Conversation
  /// The responses, in the order of the official file.
  public let responses: [String]
  /// Whether each response is a right one, in the order of `responses`; where people judged, the preferred one, or all or
  /// none in a tie.
  public let isCorrect: [Bool]
  /// The models that wrote the responses, where they are ranked.
  package let writers: [String]
  /// Places of a right and a wrong response each, in any order, that the benchmark compares; nil for all such.
  package let pairs: [[Int]]?

  /// Whether a turn of the official conversation says nothing, as the question of five pairs of RMB does: it is not in
  /// `conversation`.
  let hasEmptyTurn: Bool

  /// Whether a turn or a response says nothing, as two of RMB's responses do: no model here reads it.
  var isUnreadable: Bool { hasEmptyTurn || responses.contains(where: \.isBlank) }

  /// An item whose right responses come first.
  ///
  /// - Parameters:
  ///   - id: Its identifier in the benchmark.
  ///   - category: The subset, domain, scenario or source that it belongs to.
  ///   - conversation: What the responses answer.
  ///   - correct: The responses that should get the greatest rewards.
  ///   - incorrect: The responses that should get less.
  /// - Throws: `DataError.emptyIdentifier`, `.tooFewResponses`.
  public init(
    id: String, category: String, conversation: Conversation, correct: [String], incorrect: [String]
  ) throws(DataError) {
    guard !correct.isEmpty, !incorrect.isEmpty else { throw .tooFewResponses(correct.count + incorrect.count) }
    try self.init(
      id: id, category: category, conversation: conversation, responses: correct + incorrect,
      isCorrect: correct.map { _ in true } + incorrect.map { _ in false })
  }

  /// An item with its responses in any order.
  package init(
    id: String, category: String, conversation: Conversation, responses: [String], isCorrect: [Bool],
    tags: [String] = [], writers: [String] = [], pairs: [[Int]]? = nil, hasEmptyTurn: Bool = false
  ) throws(DataError) {
    guard !id.isEmpty, !category.isEmpty else { throw .emptyIdentifier }
    guard responses.count >= 2 else { throw .tooFewResponses(responses.count) }
    precondition(
      isCorrect.count == responses.count, "BenchmarkItem: \(isCorrect.count) labels, \(responses.count) responses")
    self.id = id
    self.category = category
    self.tags = tags
    self.conversation = conversation
    self.responses = responses
    self.isCorrect = isCorrect
    self.writers = writers
    self.pairs = pairs
    self.hasEmptyTurn = hasEmptyTurn
  }
}
