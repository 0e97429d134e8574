extension Trainer {
  /// What a trainer tells while it runs.
  package enum Event: Sendable {
    /// The steps begin.
    case started(Start)
    /// A step was taken.
    case step(Step)
    /// The task was measured on its validation samples.
    case validation(TrainingState.Validation)
  }

  /// The beginning of the steps.
  package struct Start: Sendable {
    /// Floats that the steps change.
    package let parameters: Int
    /// Steps if patience does not end them.
    package let plannedSteps: Int
    /// The step it goes on from; 0 for a fresh start.
    package let firstStep: Int
  }

  /// One step that was taken.
  package struct Step: Sendable {
    /// Counted from 1.
    package let number: Int
    /// Passes over the samples so far, fractional.
    package let epoch: Double
    /// The learning rate of the step.
    package let rate: Double
    /// What its passes add up to.
    package let result: OptimizerStep.Result
    /// How long it took.
    package let seconds: Double
    /// Steps if patience does not end them.
    package let plannedSteps: Int
  }
}
