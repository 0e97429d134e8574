import DMoEData
import DMoEModel

/// Phase 1: the base of a category, on its overall preferences; the base that conversations fall back on, on those of all
/// categories.
struct BasePhase: Phase {
  let category: TaskCategory
  /// The category's place in the model.
  let index: Int

  var name: TrainingPhase { .base(category: category.id) }

  func samples(for model: RewardModel, in run: TrainingRun) throws -> PhaseData<RankedExample> {
    try run.examples(
      of: run.data.base(
        of: category, isFallback: model.configuration.isFallback(category.id),
        includingUncategorized: run.configuration.data.unlabeled != .drop))
  }

  /// The samples that name the category.
  func ownSamples(in run: TrainingRun) throws -> PhaseData<RankedExample> {
    try run.examples(of: run.data.base(of: category))
  }

  func train(_ model: RewardModel, on data: PhaseData<RankedExample>, in run: TrainingRun) throws -> PhaseResult {
    try BaseTraining(phase: name, origin: run.knownBaseOrigin(), run: run)
      .result(from: model.inner[index].base, over: model, on: data)
  }

  func install(_ kept: KeptPhase, in model: inout RewardModel) throws {
    model.install(base: try kept.expert(for: model), normalization: kept.finished.normalization, at: index)
  }
}

extension RewardModel.Configuration {
  /// Whether it is the category that conversations fall back on; a single one takes every preference as it is.
  func isFallback(_ category: String) -> Bool {
    routing.fallbackCategory == category && taxonomy.categories.count > 1
  }
}
