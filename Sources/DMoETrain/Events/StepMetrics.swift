/// The measures of one optimizer step.
public struct StepMetrics: Sendable, Equatable, Codable {
  /// The phase that the step belongs to.
  public let phase: TrainingPhase
  /// Counted from 1.
  public let step: Int
  /// The number of steps that the phase takes if it does not stop early.
  public let plannedSteps: Int
  /// Passes over the data so far, fractional.
  public let epoch: Double
  /// The loss in nats a pair (or a prompt, for the router), without `regularization`.
  public let loss: Double
  /// The share of training pairs of this step ordered right (or prompts classified right).
  public let accuracy: Double
  /// Mean of chosen minus rejected reward; 0 for the router.
  public let margin: Double
  /// Mean of all rewards of the step; 0 for the router.
  public let meanReward: Double
  /// Before clipping.
  public let gradientNorm: Double
  /// The learning rate of the step.
  public let learningRate: Double
  /// The part of the loss that `Regularization` adds, in the same unit; `nil` where it adds nothing.
  public let regularization: Double?
  /// The tokens read in a second of this step.
  public let tokensPerSecond: Double
}
