import DMoEData
import DMoEModel

/// Phase 1: the base of a category, on its overall preferences.
struct BasePhase: Phase {
  let category: TaskCategory
  /// The category's place in the model.
  let index: Int

  var name: TrainingPhase { .base(category: category.id) }

  func samples(for model: RewardModel, in run: TrainingRun) throws -> PhaseData<RankedExample> {
    // Without experts there is no third phase to keep prompts for.
    try run.examples(of: run.data.overall(of: category.id, category.points.isEmpty ? .whole : .base))
  }

  func train(_ model: RewardModel, on data: PhaseData<RankedExample>, in run: TrainingRun) throws -> PhaseResult {
    try BaseTraining(phase: name, origin: run.baseOrigin(for: name), run: run)
      .result(from: model.inner[index].base, over: model, on: data)
  }

  func install(_ kept: KeptPhase, in model: inout RewardModel) throws {
    model.install(base: try kept.expert(for: model), normalization: kept.finished.normalization, at: index)
  }
}
