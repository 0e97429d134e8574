/// The end of a phase: how many steps it took, and how good the state is that was kept.
public struct PhaseSummary: Sendable, Equatable, Codable {
  /// The phase that ended.
  public let phase: TrainingPhase
  /// The number of optimizer steps taken.
  public let steps: Int
  /// The step whose parameters were kept; 0 means the start was best.
  public let bestStep: Int
  /// Whether it ended before its planned steps, since validation got no better.
  public let stoppedEarly: Bool
  /// The number of samples that it trained on.
  public let trainingSamples: Int
  /// The validation before training; `nil` without validation samples.
  public let firstValidation: ValidationMetrics?
  /// The validation of the state that was kept; `nil` without validation samples.
  public let bestValidation: ValidationMetrics?
  /// The tokens that its steps read.
  public let tokens: Int
  /// The seconds that it took.
  public let seconds: Double
  /// Relative error (Frobenius norm, worst layer) of the adapter that stands for a fully tuned base, or for base and
  /// expert joined to a lower rank; `nil` where nothing was left out.
  public let extractionError: Double?
  /// The validation of the category's base on the samples of its aggregator, the best if the base is kept; `nil` for other
  /// phases, without validation samples, and where it was not asked for (`TrainingConfiguration.keepsBetterBases`).
  public private(set) var baseValidation: ValidationMetrics?

  /// Whether the category keeps its base's rewards, since its base is surely better than the aggregator that was trained.
  public var keepsBase: Bool { baseValidation?.isBest ?? false }
}
