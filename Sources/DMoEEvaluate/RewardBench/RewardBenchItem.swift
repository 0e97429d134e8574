public import DMoEData

/// One question of RewardBench: a conversation with right and wrong responses.
///
/// Source of the formats: huggingface.co/datasets/allenai/reward-bench and reward-bench-2.
public struct RewardBenchItem: Sendable, Hashable {
  /// The identifier of the item in the benchmark.
  public let id: String
  /// The name of the subset that it belongs to.
  public let subset: String
  /// The conversation that the responses answer.
  public let conversation: Conversation
  /// The responses that should get the greatest rewards.
  public let correct: [String]
  /// The responses that should get less.
  public let incorrect: [String]

  /// - Throws: `DataError.emptyIdentifier`, `.tooFewResponses`, `.emptyResponse`.
  public init(
    id: String, subset: String, conversation: Conversation, correct: [String], incorrect: [String]
  ) throws(DataError) {
    guard !subset.isEmpty else { throw .emptyIdentifier }
    guard !correct.isEmpty, !incorrect.isEmpty else { throw .tooFewResponses(correct.count + incorrect.count) }
    if let index = (correct + incorrect).firstIndex(where: \.isBlank) { throw .emptyResponse(index: index) }
    self.id = id
    self.subset = subset
    self.conversation = conversation
    self.correct = correct
    self.incorrect = incorrect
  }

  /// All responses, the correct ones first.
  public var responses: [String] { correct + incorrect }
}
