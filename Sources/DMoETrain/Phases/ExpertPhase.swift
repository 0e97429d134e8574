import DMoEData
import DMoEModel

/// Phase 2: a capability expert over the frozen base of its category, on the labels of its point.
///
/// Its head starts as the base's (arXiv 2403.01197), with a Newton correction toward its own labels under warm starts.
struct ExpertPhase: Phase {
  let category: TaskCategory
  /// The category's place in the model.
  let index: Int
  /// The point's place in the category.
  let point: Int

  private var pointID: String { category.points[point].id }
  var name: TrainingPhase { .expert(category: category.id, point: pointID) }

  func obstacle(in model: RewardModel) -> String? { model.inner[index].missingBase }

  func samples(for model: RewardModel, in run: TrainingRun) throws -> PhaseData<RankedExample> {
    try run.examples(of: run.data.labels(of: category.id, point: pointID))
  }

  func train(_ model: RewardModel, on data: PhaseData<RankedExample>, in run: TrainingRun) throws -> PhaseResult {
    let configuration = run.configuration
    let base = model.inner[index].base
    let fresh = LoRAAdapter(
      model.configuration.expert, for: model.backbone.configuration, depth: model.configuration.depth,
      seed: run.seed(of: name))
    var task = RankingTask(
      name: name.description, frozen: [base.adapter],
      expert: Expert(adapter: fresh, head: ValueHead(base.head.weight.value)), reader: model.reader, data: data,
      configuration: configuration, languageModelHead: try configuration.languageModelHead(of: model.reader),
      cache: run.cache, ranks: run.ranks)
    // Labels of a point are often of one source, and what they say is of that point alone.
    if configuration.start.warmsHeads {
      try task.startHead(near: base.head, leavesSourcesOut: false, progress: run.progress(of: name))
    }
    let outcome = try run.fit(&task, name, on: data, by: configuration.expert)
    let normalization = try task.normalization()
    let (whole, error) = try joined(base, task.expert, rank: model.configuration.joinedRank)
    return PhaseResult(
      keeping: whole, outcome, normalization: normalization, extractionError: error,
      trainingSamples: data.training.count, over: model)
  }

  /// Base and expert in one adapter, so that the kept folder gives the expert's states on its own.
  private func joined(_ base: Expert, _ own: Expert, rank: Int?) throws -> (expert: Expert, error: Double?) {
    guard let rank else {
      return (Expert(adapter: base.adapter.concatenated(with: own.adapter), head: own.head), nil)
    }
    let joined = try base.adapter.joined(with: own.adapter, rank: rank)
    return (Expert(adapter: joined.adapter, head: own.head), joined.error)
  }

  func install(_ kept: KeptPhase, in model: inout RewardModel) throws {
    try model.install(
      expert: CapabilityExpert(kept.expert(for: model), scale: kept.finished.normalization), at: index, point: point)
  }

  /// An expert without data is its base, so that the aggregator of its category has a full row.
  func leaveOut(of model: inout RewardModel) throws {
    let inner = model.inner[index]
    guard inner.isBaseTrained else { return }
    try model.install(
      expert: CapabilityExpert(inner.base, scale: inner.normalization), at: index, point: point)
  }
}

extension InnerMoE {
  /// Why nothing can be trained on top of the base.
  var missingBase: String? { isBaseTrained ? nil : "the base of its category is not trained" }
}
