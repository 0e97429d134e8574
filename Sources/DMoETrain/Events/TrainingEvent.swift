/// An event that a training run reports while it runs; all but `textsRead` and `phaseSkipped` are also one line each of its
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

  /// Whether it is a line of the metrics: what is told again by every run of the folder is not.
  var isRecorded: Bool {
    switch self {
    case .textsRead, .phaseSkipped: false
    default: true
    }
  }
}
