import DMoECore
import DMoEModel

/// The training of a base, of one category or of all together.
struct BaseTraining {
  let phase: TrainingPhase
  let origin: BaseOrigin
  let run: TrainingRun

  /// Trains a base, which is `untrained` unless its origin says otherwise.
  ///
  /// - Throws: `TrainError.invalidConfiguration` for a bare base, whose adapter has nothing to train.
  func result(from untrained: Expert, over model: RewardModel, on data: PhaseData<RankedExample>) throws -> PhaseResult
  {
    let configuration = run.configuration
    var task = RankingTask(
      name: phase.description, expert: origin.expert ?? untrained, reader: model.reader, data: data,
      configuration: configuration, languageModelHead: try configuration.languageModelHead(of: model.reader),
      cache: run.cache, ranks: run.ranks)
    let tuning = configuration.fineTuning == .full ? FullTuning(model) : nil
    guard tuning != nil || !task.expert.isBare else {
      throw TrainError.invalidConfiguration(
        reason: "\(phase) is a value head without an adapter, as published models have; train experts on top of it")
    }
    tuning?.unfreeze(&task)
    if configuration.start.warmsHeads {
      try task.startHead(
        near: origin.head, leavesSourcesOut: configuration.start.leavesSourcesOut ?? false,
        progress: run.progress(of: phase))
    }
    let start = task.expert
    var outcome = try run.fit(&task, phase, on: data, by: configuration.base)
    if origin.expert != nil { try keepStart(start, unlessBeatenBy: &task, &outcome) }
    let error = try tuning?.extract(&task)
    return PhaseResult(
      keeping: task.expert, outcome, normalization: try task.normalization(), extractionError: error,
      trainingSamples: data.training.count, over: model)
  }

  /// A base that started from the shared one goes back to its start unless what it learnt gains more than a standard error
  /// on its validation prompts: the shared base saw far more, and the best of several validations is partly luck. Where
  /// there is no validation prompt there is no such gain, unless none was to be kept for validation.
  private func keepStart(
    _ start: Expert, unlessBeatenBy task: inout RankingTask, _ outcome: inout Trainer.Outcome
  ) throws {
    guard run.configuration.data.validationFraction > 0, outcome.bestStep > 0 else { return }
    guard try !task.gain(over: start).isCertain else { return }
    task.expert = start
    (outcome.bestStep, outcome.best) = (0, outcome.first)
  }
}
