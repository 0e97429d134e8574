import DMoECore
import DMoEModel

/// The phase of the router: a softmax regression on frozen features by Newton's method, validation choosing the ridge; then
/// gradient steps if it has an adapter of its own, or if no ridge is given.
struct RouterPhase: Phase {
  var name: TrainingPhase { .router }
  var sampleNoun: String { "prompts with a category" }

  func samples(for model: RewardModel, in run: TrainingRun) throws -> PhaseData<RoutedText> {
    try run.data.routerTexts(model)
  }

  func train(_ model: RewardModel, on data: PhaseData<RoutedText>, in run: TrainingRun) throws -> PhaseResult {
    let settings = run.configuration.router
    var task = RouterTask(
      name: name.description, router: model.router, reader: model.reader, data: data,
      rowsPerPass: run.configuration.memory.rowsPerPass,
      categoryWeights: settings.categoryWeights(data.training, categories: model.inner.count), ranks: run.ranks)
    if !settings.ridges.isEmpty { try task.fit(ridges: settings.ridges, run.cache, progress: run.progress(of: name)) }
    var steps = settings.phase
    if task.router.adapter == nil, !settings.ridges.isEmpty { steps.maximumSteps = 0 }
    let outcome = try run.fit(&task, name, on: data, by: steps)
    let (router, backbone) = (task.router, model.backbone.name)
    return PhaseResult(outcome: outcome, trainingSamples: data.training.count) { folder in
      try router.write(to: folder, backboneName: backbone)
    }
  }

  func install(_ kept: KeptPhase, in model: inout RewardModel) throws {
    model.router = try Router(
      folder: kept.folder, categories: model.inner.count, backbone: model.backbone.configuration,
      configuration: model.configuration.router)
  }

  /// Gives samples without a category one. A router that was left out knows nothing: they then stay without.
  func followUp(_ model: RewardModel, in run: TrainingRun) throws {
    guard model.isRouterTrained, case .route(let least) = run.configuration.data.unlabeled else { return }
    try run.routeSamples(by: model, minimumProbability: least)
  }
}

extension RouterTraining {
  /// What a prompt of each category counts for: 1, unless categories are balanced.
  func categoryWeights(_ texts: [RoutedText], categories: Int) -> [Double] {
    guard balancesCategories else { return Array(repeating: 1, count: categories) }
    var counts = [Double](repeating: 0, count: categories)
    for text in texts { counts[text.category] += 1 }
    let present = Double(counts.filter { $0 > 0 }.count)
    return counts.map { $0 > 0 ? Double(texts.count) / (present * $0) : 1 }
  }
}
