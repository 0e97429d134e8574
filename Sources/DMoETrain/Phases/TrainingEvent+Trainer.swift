extension TrainingEvent {
  /// What a trainer tells, as an event of a phase.
  init(_ event: Trainer.Event, of phase: TrainingPhase, on data: PhaseData<some Sendable>) {
    switch event {
    case .started(let start):
      self = .phaseStarted(
        PhaseStart(
          phase: phase, trainingSamples: data.training.count, validationSamples: data.validation.count,
          overLengthSamples: data.overLength, trainableParameters: start.parameters,
          plannedSteps: start.plannedSteps, firstStep: start.firstStep))
    case .step(let step): self = .step(StepMetrics(step, of: phase))
    case .validation(let validation): self = .validation(ValidationMetrics(validation, of: phase))
    }
  }
}

extension StepMetrics {
  /// The measures of one step of a phase.
  init(_ step: Trainer.Step, of phase: TrainingPhase) {
    let sum = step.result.sum
    self.init(
      phase: phase, step: step.number, plannedSteps: step.plannedSteps, epoch: step.epoch, loss: sum.meanLoss,
      accuracy: sum.accuracy, margin: sum.pairs > 0 ? sum.margin / Double(sum.pairs) : 0,
      meanReward: sum.rewardCount > 0 ? sum.rewards / Double(sum.rewardCount) : 0,
      gradientNorm: step.result.gradientNorm, learningRate: step.rate,
      regularization: sum.regularization.map { $0 / max(sum.weight, .leastNormalMagnitude) },
      tokensPerSecond: Double(sum.tokens) / max(1e-9, step.seconds))
  }
}

extension ValidationMetrics {
  /// The measures of a phase on its validation part.
  init(_ validation: TrainingState.Validation, of phase: TrainingPhase) {
    self.init(
      phase: phase, step: validation.step, loss: validation.loss, accuracy: validation.accuracy,
      count: validation.count, isBest: validation.isBest)
  }
}
