/// An event that a training run reports while it runs; all but `textsRead` are also one line each of its
/// `metrics.jsonl`.
public enum TrainingEvent: Sendable, Equatable, Codable {
  /// The run begins: all its phases in order.
  case runStarted(phases: [TrainingPhase])
  /// Before the first step: so many of the texts were read whose states a phase starts from.
  case textsRead(TrainingPhase, done: Int, total: Int)
  /// A phase begins.
  case phaseStarted(PhaseStart)
  /// The phase was done before; its result was read from the run folder.
  case phaseSkipped(TrainingPhase)
  /// The phase has too little data; the model keeps what it had.
  case phaseLeftOut(TrainingPhase, reason: String)
  /// An optimizer step was taken.
  case step(StepMetrics)
  /// The model was scored on the phase's validation part.
  case validation(ValidationMetrics)
  /// A phase has ended, and its result is in the run folder.
  case phaseFinished(PhaseSummary)
  /// Every phase has ended, after so many seconds of this process.
  case runFinished(seconds: Double)
}

/// The start of a phase: how many samples it trains on, and how many parameters.
public struct PhaseStart: Sendable, Equatable, Codable {
  /// The phase that begins.
  public let phase: TrainingPhase
  /// The number of samples that it trains on.
  public let trainingSamples: Int
  /// The number of samples that it is validated on.
  public let validationSamples: Int
  /// Samples of the phase that are longer than the model reads, and were left out.
  public let overLengthSamples: Int
  /// Floats that it changes.
  public let trainableParameters: Int
  /// Optimizer steps if it is not stopped early.
  public let plannedSteps: Int
  /// The step it goes on from; 0 for a fresh start.
  public let firstStep: Int
}

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
}
