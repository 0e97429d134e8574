import DMoEModel

/// The phase of a base of all categories' overall preferences, where every category's own base starts. It stays in the run
/// folder: no part of the model.
struct SharedBasePhase: Phase {
  var name: TrainingPhase { .sharedBase }

  func samples(for model: RewardModel, in run: TrainingRun) throws -> PhaseData<RankedExample> {
    try run.examples(
      of: run.data.overall(.base, includingUncategorized: run.configuration.data.unlabeled != .drop))
  }

  func train(_ model: RewardModel, on data: PhaseData<RankedExample>, in run: TrainingRun) throws -> PhaseResult {
    try BaseTraining(phase: name, origin: .own, run: run).result(
      from: model.inner[0].base, over: model, on: data)
  }

  func install(_ kept: KeptPhase, in model: inout RewardModel) {}
}
