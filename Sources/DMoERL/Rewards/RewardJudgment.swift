/// What a judge says of one completion: its reward, and what may show that a policy makes for the reward's faults.
public struct RewardJudgment: Sendable, Equatable {
  /// The reward; `nil` where none can be given.
  public var reward: Float?
  /// What it is made of, by name: what the experts of a mixture or the members of an ensemble say, or several reward functions.
  /// Empty where it is one number.
  public var parts: [String: Float] = [:]
  /// The standard deviation of what the experts say, in their unit; `nil` without experts.
  public var disagreement: Float?
  /// How far the router is from certain of the prompt's category, in 0 ... 1; `nil` where there is no choice.
  public var routerDoubt: Float?

  /// A reward without reasons.
  public init(reward: Float?) { self.reward = reward }
}
