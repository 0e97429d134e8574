/// How a value head is trained beside its policy (PPO).
///
/// The head is a row of weights, 0 at first, over the states that the language-model head reads: the policy's own, from the
/// pass that gives its log-probabilities. A value costs one product a token then, where a value model of its own costs a
/// second pass and a second adapter; and since the weights begin at 0, the head does not move the adapter before it has
/// learned something.
public struct ValueTraining: Sendable, Equatable, Codable {
  /// What the values are trained to make small.
  public var loss = ValueLoss()
  /// What it counts for beside the policy's loss.
  public var coefficient = 0.1
  /// Whether the values' gradient goes on into the adapter; if not, the head takes the policy's states as they are.
  public var trainsAdapter = true

  /// The values of TRL's PPO.
  public init() {}
}
