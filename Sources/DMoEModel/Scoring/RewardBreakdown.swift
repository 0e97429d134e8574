/// A reward with its reasons: the category, what every capability expert says, how many tokens were read.
///
/// ```swift
/// let breakdown = try model.breakdown(of: response, to: conversation)
/// print(breakdown.category, breakdown.reward, breakdown.disagreement)
/// for capability in breakdown.capabilities { print(capability.point, capability.reward) }
/// ```
public struct RewardBreakdown: Sendable, Equatable, Codable {
  /// The reward that one capability expert gives through its own value head; the unit is its own, or deviations of its
  /// training rewards where a `RewardCombination` makes the reward.
  public struct CapabilityReward: Sendable, Equatable, Codable {
    /// The point's identifier in the taxonomy.
    public let point: String
    /// The expert's own reward; greater is better at this point.
    public let reward: Float
  }

  /// The reward, as `RewardModel.score` returns it.
  public let reward: Float
  /// The category whose inner mixture gave the reward, or most of it: not the most probable one where the model fell back
  /// (`RewardModel.RoutingPolicy.fallback`).
  public let category: String
  /// The router's probability of every category, in the order of the taxonomy; one-hot if the category was given.
  public let routing: [Float]
  /// Whether the rewards of several categories were averaged.
  public let isMixture: Bool
  /// One a capability expert, in the order of the category's points; empty where an expert is missing. Where the reward is the
  /// base's, they are what the experts say beside it (`RewardModel.isComplete(category:)`).
  public let capabilities: [CapabilityReward]
  /// The standard deviation of the capability rewards, each in deviations of its expert's training rewards; 0 without experts. Of
  /// a bundle from before these were recorded it is that of the rewards as they are.
  public let disagreement: Float
  /// Tokens read, template included.
  public let tokenCount: Int
  /// Whether the oldest turns were left out.
  public let isTruncated: Bool
}

/// The router's decision on a conversation.
public struct RoutingDecision: Sendable, Equatable, Codable {
  /// The most probable category.
  public let category: String
  /// The probability of every category, in the order of the taxonomy; they add up to 1.
  public let probabilities: [Float]
}
