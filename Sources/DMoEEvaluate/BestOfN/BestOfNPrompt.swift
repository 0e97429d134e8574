public import DMoEData

/// A prompt with several responses and a better judge's score for each, for measuring best-of-n.
///
/// ```swift
/// let prompt = try BestOfNPrompt(
///   conversation: "Name a prime.", responses: ["Nine.", "Seven.", "Blue."], gold: [0.2, 1, 0])
/// ```
public struct BestOfNPrompt: Sendable, Hashable {
  /// The conversation that the responses answer.
  public let conversation: Conversation
  /// The responses, in the order in which they were drawn.
  public let responses: [String]
  /// One a response; greater is better, on any scale.
  public let gold: [Double]

  /// - Throws: `DataError.tooFewResponses`, `.emptyResponse`; `EvaluationError.invalidRewards` for a gold that is not finite
  ///   or is missing.
  public init(conversation: Conversation, responses: [String], gold: [Double]) throws {
    guard responses.count >= 2 else { throw DataError.tooFewResponses(responses.count) }
    if let index = responses.firstIndex(where: \.isEmpty) { throw DataError.emptyResponse(index: index) }
    guard gold.count == responses.count, gold.allSatisfy(\.isFinite) else {
      throw EvaluationError.invalidRewards(reason: "\(gold.count) gold rewards for \(responses.count) responses")
    }
    self.conversation = conversation
    self.responses = responses
    self.gold = gold
  }
}
