public import DMoEData
public import DMoEModel

extension LanguageModel {
  /// Draws samples and lets a reward model choose among them; the two may share one backbone.
  ///
  /// - Parameters:
  ///   - count: How many samples.
  ///   - conversation: What is answered.
  ///   - reward: The model that judges.
  ///   - category: The task category, if it is known; otherwise the router chooses.
  ///   - options: How tokens are chosen, and where a text ends.
  /// - Throws: As `generate(_:count:options:)`; what the reward model throws for all samples.
  public func best(
    of count: Int, for conversation: Conversation, by reward: RewardModel, category: String? = nil,
    options: GenerationOptions = GenerationOptions()
  ) throws -> BestOfN {
    try best(of: count, for: conversation, options: options) { conversation, responses in
      try reward.rewards(orAbstaining: responses, to: conversation, category: category)
    }
  }
}

extension RewardModel {
  /// The rewards of responses that a language model wrote; `nil` for one that cannot be judged, because it says nothing, is
  /// too long or gets a reward that is not finite.
  ///
  /// - Throws: What is wrong with the conversation, the category or the model, as `scores(_:to:category:)`.
  public func rewards(
    orAbstaining responses: [String], to conversation: Conversation, category: String? = nil
  ) throws -> [Float?] {
    try breakdowns(orAbstaining: responses, to: conversation, category: category).map { $0?.reward }
  }

  /// The same rewards with their reasons.
  package func breakdowns(
    orAbstaining responses: [String], to conversation: Conversation, category: String? = nil
  ) throws -> [RewardBreakdown?] {
    do {
      return try breakdowns(of: responses, to: conversation, category: category)
    } catch let error as ModelError where error.isOfOneResponse {
      // One of them failed all: each on its own says which.
      return try responses.map { response in
        do {
          return try breakdown(of: response, to: conversation, category: category)
        } catch let error as ModelError where error.isOfOneResponse {
          return nil
        }
      }
    }
  }
}

extension ModelError {
  /// Whether another response might have a reward.
  fileprivate var isOfOneResponse: Bool {
    switch self {
    case .emptyInput, .nonFiniteReward: true
    case .overLength(let what): if case .response = what.text { true } else { false }
    default: false
    }
  }
}
