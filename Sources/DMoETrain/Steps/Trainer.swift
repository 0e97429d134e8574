package import DMoECore

/// A loop of gradient steps over a task: batches, schedule, optimizer, validation, best state, checkpoints.
///
/// It knows nothing of phases or reward models: whatever is a `GradientTask` trains by it.
package struct Trainer: Sendable {
  /// The settings of the steps.
  package let settings: PhaseTraining
  /// The measure by which the best state is chosen.
  package let selection: TrainingConfiguration.Selection
  /// What orders and dropout are drawn from.
  package let seed: UInt64
  /// A checkpoint is written after this many steps.
  package let checkpointInterval: Int
  /// Samples of a micro-batch; `nil` for steps as a whole.
  package let microBatch: Int?
  /// The ranks that take the steps together.
  package let ranks: any Communicator
  /// What the optimizer computes with.
  package let compute: Compute
  /// What steps are timed by.
  package let clock: TrainingClock

  /// A trainer by these settings.
  package init(
    settings: PhaseTraining, selection: TrainingConfiguration.Selection, seed: UInt64, checkpointInterval: Int,
    microBatch: Int? = nil, ranks: any Communicator = SingleRank(), compute: Compute, clock: TrainingClock = .machine
  ) {
    self.settings = settings
    self.selection = selection
    self.seed = seed
    self.checkpointInterval = checkpointInterval
    self.microBatch = microBatch
    self.ranks = ranks
    self.compute = compute
    self.clock = clock
  }

  /// What is left when the steps are over; the task holds the best state.
  package struct Outcome: Sendable {
    /// Steps taken, those before a checkpoint included.
    package var steps = 0
    /// The step whose state is kept.
    package var bestStep = 0
    /// Whether patience ended before the planned steps.
    package var stoppedEarly = false
    /// The validation before training.
    package var first: TrainingState.Validation?
    /// The validation of the state that is kept.
    package var best: TrainingState.Validation?
    /// Tokens that the steps have read.
    package var tokens = 0
  }

  /// Trains the task, from a checkpoint if there is one.
  ///
  /// - Throws: `TrainError.diverged`; what the task, the checkpoint file and `onEvent` throw.
  package func run<Task: GradientTask>(
    _ task: inout Task, checkpoint: CheckpointFile, onEvent: (Event) throws -> Void
  ) throws -> Outcome {
    let state = try checkpoint.read() ?? TrainingState()
    task.setParameters(state.parameters)
    var course = Course(self, samples: task.sampleCount, from: state)
    try onEvent(
      .started(
        Start(
          parameters: task.parameterValues.reduce(0) { $0 + $1.value.count }, plannedSteps: course.plannedSteps,
          firstStep: state.step)))
    if state.step == 0, state.progress.first == nil { try course.validate(task, onEvent) }
    while !course.isOver {
      try course.step(&task, onEvent)
      if course.isAtValidation { try course.validate(task, onEvent) }
      if course.isAtCheckpoint { try checkpoint.write(course.snapshot(of: task)) }
    }
    if let best = course.state.best { task.setParameters(best) }
    return course.outcome
  }
}
