public import DMoEData
import DMoEModel
public import DMoEPolicy

/// The completions of one prompt with their rewards: what a step learns from.
public struct RollOut: Sendable, Equatable {
  /// What was answered.
  public let conversation: Conversation
  /// Its token ids.
  public let promptIDs: [Int32]
  /// The samples, in their order.
  public let completions: [Completion]
  /// What the reward function said of them.
  public var judgments: [RewardJudgment]
  /// The advantages of their tokens; `nil` for what is left out.
  public internal(set) var advantages: [[Double]?] = []
  /// What is known of their tokens before the first update.
  var measures = TokenMeasures()

  init(conversation: Conversation, promptIDs: [Int32], completions: [Completion], rewards: [Float?]) {
    self.conversation = conversation
    self.promptIDs = promptIDs
    self.completions = completions
    judgments = rewards.map(RewardJudgment.init(reward:))
  }

  /// Their rewards, as the reward function gave them; `nil` where there is none.
  public var rewards: [Float?] {
    get { judgments.map(\.reward) }
    set { judgments = newValue.map(RewardJudgment.init(reward:)) }
  }

  /// Asks a reward function for the rewards.
  ///
  /// - Throws: What the function throws; `RLError.rewardCount`.
  public mutating func judge(by reward: some RewardFunction) async throws {
    judgments = try await reward.countedJudgments(prompt: conversation, completions: completions.map(\.text))
  }

  /// Prompt and responses as the backbone reads them.
  var encoded: EncodedResponses { EncodedResponses(prompt: promptIDs, responses: completions.map(\.ids)) }

  /// The rows of a pass over them.
  var rowCount: Int { promptIDs.count + completions.reduce(0) { $0 + $1.tokens.count } }

  /// The completions as an objective sees them before there are new log-probabilities.
  var scored: [ScoredCompletion] {
    completions.indices.map { index in
      let old = completions[index].tokens.map(\.sampledLogProbability)
      var completion = ScoredCompletion(logProbabilities: old, oldLogProbabilities: old, advantage: nil)
      completion.advantages = advantages[index]
      completion.isTruncated = completions[index].isTruncated
      if !measures.reference.isEmpty { completion.referenceLogProbabilities = measures.reference[index] }
      if !measures.divergences.isEmpty { completion.divergences = measures.divergences[index] }
      return completion
    }
  }
}

extension Completion {
  /// Whether it was cut off before it came to an end.
  var isTruncated: Bool { finishReason == .length || finishReason == .context }
}
