/// How a value head is trained beside its policy (PPO).
///
/// The head is a row of weights, 0 at first, over the states that the language-model head reads: the policy's own, from the
/// pass that gives its log-probabilities. A value costs one product a token then, where a value model of its own costs a
/// second pass and a second adapter. Its gradient ends at the head unless it is asked to go on: errors of values are as large
/// as rewards are, and all of one sign at first, so that they would move the policy more than its advantages do.
public struct ValueTraining: Sendable, Equatable, Codable {
  /// What the values are trained to make small.
  public var loss = ValueLoss()
  /// What it counts for beside the policy's loss, where both train the adapter (`trainsAdapter`); the head alone, which has an
  /// optimizer of its own, feels it only where its gradient is clipped.
  public var coefficient = 0.1
  /// The learning rate of the head after warm-up; `nil` takes the adapter's.
  public var learningRate: Double?
  /// Whether the values' gradient goes on into the adapter; if not, the head takes the policy's states as they are.
  public var trainsAdapter = false

  /// A clipped loss, with TRL's coefficient, that trains the head alone.
  public init() {}
}
