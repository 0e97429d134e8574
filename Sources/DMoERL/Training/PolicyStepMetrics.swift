/// What happened in one step of a run.
public struct PolicyStepMetrics: Sendable, Equatable, Codable {
  /// The step, counted from 1.
  public var step: Int
  /// The mean reward of the completions that have one; `nil` if none has.
  public var reward: Double?
  /// The means of what the reward is made of, by name: of a mixture's experts, an ensemble's members, several reward functions.
  public var parts: [String: Double]?
  /// The mean over completions of how far the experts' rewards of one are apart: where it grows while the reward rises, the
  /// policy may write what the reward models know least about.
  public var disagreement: Double?
  /// The mean over completions of how far the router is from certain of the category, in 0 ... 1.
  public var routerDoubt: Double?
  /// The mean over groups of the deviation of their rewards.
  public var groupDeviation: Double
  /// How many groups have rewards that differ; where a reward is compared with the whole batch's, all or none.
  public var groupsWithVariance: Int
  /// How many groups there are.
  public var groups: Int
  /// The share of completions without a reward.
  public var abstentions: Double
  /// The share of completions that were cut off.
  public var truncated: Double
  /// The mean number of tokens of a completion.
  public var tokens: Double
  /// The policy's loss at the first update.
  public var loss: Double?
  /// The value head's loss at the first update; `nil` without one.
  public var valueLoss: Double?
  /// How much of the variance of what came after a token the values knew before: 1 for all of it, 0 or less for nothing; `nil`
  /// without values, or without variance.
  public var explainedVariance: Double?
  /// How many updates were made.
  public var updates: Int?
  /// The mean divergence from the reference, in nats a token; `nil` without a penalty.
  public var divergence: Double?
  /// The mean over tokens of −log π of what was drawn, in nats: an estimate of the entropy.
  public var entropy: Double
  /// The share of tokens whose ratio was clipped, over all updates.
  public var clipped: Double
  /// The gradients' global norm at the last update, before clipping.
  public var gradientNorm: Double?
  /// Seconds that sampling, rewards and updates took.
  public var seconds: Seconds

  /// What the parts of a step took.
  public struct Seconds: Sendable, Equatable, Codable {
    /// Drawing the completions.
    public var sampling = 0.0
    /// Their rewards.
    public var rewards = 0.0
    /// Reference, gradients and the change of the parameters.
    public var updates = 0.0
  }
}
