import DMoECore
import DMoEModel

/// The phase of the best linear reward on untrained states for all categories together, near which the heads of their bases start. It
/// stays in the run folder: no part of the model.
struct SharedHeadPhase: Phase {
  var name: TrainingPhase { .sharedHead }

  /// Each sample once: the base that conversations fall back on would have all of them again.
  func samples(for model: RewardModel, in run: TrainingRun) throws -> PhaseData<RankedExample> {
    var result = PhaseData<RankedExample>()
    for (index, inner) in model.inner.enumerated() {
      let own = try BasePhase(category: inner.category, index: index).ownSamples(in: run)
      result.training += own.training
      result.overLength += own.overLength
    }
    return result
  }

  func train(_ model: RewardModel, on data: PhaseData<RankedExample>, in run: TrainingRun) throws -> PhaseResult {
    var expert = model.inner[0].base
    try run.tell(
      .phaseStarted(
        PhaseStart(
          phase: name, trainingSamples: data.training.count, validationSamples: 0, overLengthSamples: data.overLength,
          trainableParameters: expert.head.weight.value.count, plannedSteps: 0, firstStep: 0)))
    // Any untrained base gives the frozen backbone's states.
    let states = try model.reader.states(
      ofEach: data.training.map(\.encoded), experts: [[expert.adapter]], cache: run.cache, ranks: run.ranks,
      progress: run.progress(of: name))
    expert.head = try WarmStart.head(
      on: Matrix(stacking: states), data.training, ridges: run.configuration.start.ridges, model.compute)
    return PhaseResult(
      keeping: expert, Trainer.Outcome(), normalization: nil, extractionError: nil,
      trainingSamples: data.training.count,
      over: model)
  }

  func install(_ kept: KeptPhase, in model: inout RewardModel) {}
}
