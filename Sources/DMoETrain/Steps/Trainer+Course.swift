import DMoECore
import DMoEModel

extension Trainer {
  /// The course of one run: where it stands, and what moves it on.
  struct Course {
    private(set) var state: TrainingState
    let plannedSteps: Int
    private let trainer: Trainer
    private let samples: Int
    private let batchSize: Int
    private let validationInterval: Int
    private var optimizer: AdamOptimizer
    private var order: SampleOrder

    init(_ trainer: Trainer, samples: Int, from state: TrainingState) {
      let settings = trainer.settings
      self.trainer = trainer
      self.samples = samples
      self.state = state
      // These live on in the task and in the optimizer, which change them in place.
      (self.state.parameters, self.state.first, self.state.second) = ([:], [:], [:])
      plannedSteps = settings.plannedSteps(samples: samples)
      batchSize = settings.batchSize(samples: samples)
      validationInterval =
        settings.validationInterval ?? max(1, Int((Double(samples) / Double(batchSize) / 2).rounded()))
      optimizer = AdamOptimizer(settings, from: state)
      order = SampleOrder(count: samples, batchSize: batchSize, seed: trainer.seed)
    }

    private var isExhausted: Bool {
      trainer.settings.patience.map { state.progress.validationsSinceBest >= $0 } ?? false
    }

    var isOver: Bool { state.step >= plannedSteps || isExhausted }
    var isAtValidation: Bool { state.step % validationInterval == 0 || state.step == plannedSteps }
    var isAtCheckpoint: Bool { state.step % trainer.checkpointInterval == 0 && state.step < plannedSteps }

    mutating func step<Task: GradientTask>(_ task: inout Task, _ onEvent: (Event) throws -> Void) throws {
      let rate = trainer.settings.rate(step: state.step, of: plannedSteps)
      let seconds = trainer.clock.stopwatch()
      let result = try OptimizerStep(
        samples: order.batch(state.step), rate: rate,
        dropoutSeed: RandomSource.seed(trainer.seed, stream: UInt64(state.step) | 1 << 40),
        microBatch: trainer.microBatch, ranks: trainer.ranks
      ).take(&task, &optimizer, trainer.compute)
      state.step += 1
      state.progress.tokens += result.sum.tokens
      try onEvent(
        .step(
          Step(
            number: state.step, epoch: Double(state.step * batchSize) / Double(samples), rate: rate, result: result,
            seconds: seconds(), plannedSteps: plannedSteps)))
    }

    /// Measures the task and keeps its state if it is the best so far.
    mutating func validate(_ task: some GradientTask, _ onEvent: (Event) throws -> Void) throws {
      guard task.validationCount > 0 else { return }
      let result = try task.validate()
      guard result.loss.isFinite else { throw TrainError.diverged(phase: task.name, step: state.step) }
      let validation = TrainingState.Validation(
        step: state.step, loss: result.meanLoss, accuracy: result.accuracy, count: result.pairs,
        isBest: isBetter(result))
      if state.progress.first == nil { state.progress.first = validation }
      if validation.isBest {
        state.progress.best = validation
        state.progress.bestStep = state.step
        state.progress.validationsSinceBest = 0
        state.best = Dictionary(uniqueKeysWithValues: task.parameterValues)
      } else {
        state.progress.validationsSinceBest += 1
      }
      try onEvent(.validation(validation))
    }

    private func isBetter(_ result: PassResult) -> Bool {
      guard let best = state.progress.best else { return true }
      return switch trainer.selection {
      case .validationLoss: result.meanLoss < best.loss
      case .validationAccuracy: result.accuracy > best.accuracy
      }
    }

    /// What a checkpoint keeps.
    func snapshot(of task: some GradientTask) -> TrainingState {
      var result = state
      result.parameters = Dictionary(uniqueKeysWithValues: task.parameterValues)
      (result.first, result.second) = (optimizer.first, optimizer.second)
      return result
    }

    var outcome: Outcome {
      Outcome(
        steps: state.step, bestStep: state.best == nil ? state.step : state.progress.bestStep,
        stoppedEarly: state.step < plannedSteps, first: state.progress.first, best: state.progress.best,
        tokens: state.progress.tokens)
    }
  }
}
