/// The measures of a model on a phase's validation part.
public struct ValidationMetrics: Sendable, Equatable, Codable {
  /// The phase that is validated.
  public let phase: TrainingPhase
  /// The step after which it was measured; 0 is before training.
  public let step: Int
  /// The mean loss, in nats a pair, or a prompt for the router.
  public let loss: Double
  /// Ranking accuracy, or the share of prompts classified right.
  public let accuracy: Double
  /// Pairs or prompts measured.
  public let count: Int
  /// Whether it is the best so far and is kept.
  public let isBest: Bool
}
