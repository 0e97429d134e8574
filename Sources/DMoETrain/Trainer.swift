import DMoECore

/// Runs a phase's gradient steps: batches, schedule, optimizer, validation, best state, checkpoints.
struct Trainer {
  let settings: PhaseTraining
  let selection: TrainingConfiguration.Selection
  let seed: UInt64
  let checkpointInterval: Int
  let compute: Compute

  /// What is left of a phase when its steps are over; the task holds the best state.
  struct Outcome {
    var steps = 0
    var bestStep = 0
    var stoppedEarly = false
    var first: ValidationMetrics?
    var best: ValidationMetrics?
    var tokens = 0
  }

  /// Trains the task, from a checkpoint if there is one.
  ///
  /// - Throws: `TrainError.diverged`; what the task and the checkpoint file throw.
  func run<Task: GradientTask>(
    _ task: inout Task, checkpoint: CheckpointFile, onEvent: (TrainingEvent) throws -> Void
  ) throws -> Outcome {
    let total = settings.plannedSteps(samples: task.sampleCount)
    var state = try checkpoint.read() ?? TrainingState()
    task.setParameters(state.parameters)
    var optimizer = AdamOptimizer(settings, step: state.step, first: state.first, second: state.second)
    let batchSize = settings.batchSize(samples: task.sampleCount)
    var order = SampleOrder(count: task.sampleCount, batchSize: batchSize, seed: seed)
    try onEvent(
      .phaseStarted(
        PhaseStart(
          phase: task.phase, trainingSamples: task.sampleCount, validationSamples: task.validationCount,
          overLengthSamples: task.overLengthCount,
          trainableParameters: task.parameterValues.reduce(0) { $0 + $1.value.count }, plannedSteps: total,
          firstStep: state.step)))
    if state.step == 0, state.progress.first == nil { try validate(task, &state, onEvent) }

    let interval =
      settings.validationInterval
      ?? max(1, Int((Double(task.sampleCount) / Double(batchSize) / 2).rounded()))
    while state.step < total, !isExhausted(state.progress) {
      try step(&task, &optimizer, order.batch(state.step), &state, total, onEvent)
      if state.step % interval == 0 || state.step == total { try validate(task, &state, onEvent) }
      if state.step % checkpointInterval == 0, state.step < total {
        state.parameters = Dictionary(uniqueKeysWithValues: task.parameterValues)
        (state.first, state.second) = (optimizer.first, optimizer.second)
        try checkpoint.write(state)
      }
    }
    if let best = state.best { task.setParameters(best) }
    return Outcome(
      steps: state.step, bestStep: state.best == nil ? state.step : state.progress.bestStep,
      stoppedEarly: state.step < total, first: state.progress.first, best: state.progress.best,
      tokens: state.progress.tokens)
  }

  private func isExhausted(_ progress: TrainingState.Progress) -> Bool {
    settings.patience.map { progress.validationsSinceBest >= $0 } ?? false
  }

  private func step<Task: GradientTask>(
    _ task: inout Task, _ optimizer: inout AdamOptimizer, _ samples: [Int], _ state: inout TrainingState, _ total: Int,
    _ onEvent: (TrainingEvent) throws -> Void
  ) throws {
    let rate = settings.rate(step: state.step, of: total)
    let result = try optimizer.step(
      &task, samples, rate: rate, dropoutSeed: RandomSource.seed(seed, stream: UInt64(state.step) | 1 << 40), compute)
    state.step += 1
    state.progress.tokens += result.sum.tokens
    let epoch = Double(state.step * settings.batchSize(samples: task.sampleCount)) / Double(task.sampleCount)
    try onEvent(
      .step(result.metrics(task.phase, step: state.step, plannedSteps: total, epoch: epoch, rate: rate)))
  }

  /// Measures the task and keeps its state if it is the best so far.
  private func validate<Task: GradientTask>(
    _ task: Task, _ state: inout TrainingState, _ onEvent: (TrainingEvent) throws -> Void
  ) throws {
    guard task.validationCount > 0 else { return }
    let result = try task.validate()
    guard result.loss.isFinite else { throw TrainError.diverged(phase: task.phase.description, step: state.step) }
    let best = state.progress.best
    let isBest =
      switch selection {
      case .validationLoss: best.map { result.meanLoss < $0.loss } ?? true
      case .validationAccuracy: best.map { result.accuracy > $0.accuracy } ?? true
      }
    let metrics = ValidationMetrics(
      phase: task.phase, step: state.step, loss: result.meanLoss, accuracy: result.accuracy, count: result.pairs,
      isBest: isBest)
    if state.progress.first == nil { state.progress.first = metrics }
    if isBest {
      state.progress.best = metrics
      state.progress.bestStep = state.step
      state.progress.validationsSinceBest = 0
      state.best = Dictionary(uniqueKeysWithValues: task.parameterValues)
    } else {
      state.progress.validationsSinceBest += 1
    }
    try onEvent(.validation(metrics))
  }
}
