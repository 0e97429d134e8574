import DMoECore
import DMoEEvaluate
import DMoEModel

extension TrainingPipeline {
  /// The router: a softmax regression on frozen features by Newton's method, validation choosing the ridge; then
  /// gradient steps if it has an adapter of its own, or if no ridge is given.
  func trainRouter(
    _ model: RewardModel, _ texts: (training: [RoutedText], validation: [RoutedText]), _ folder: RunFolder,
    _ cache: TrunkCache, _ tell: (TrainingEvent) throws -> Void
  ) throws -> PhaseResult {
    var model = model
    let weights = categoryWeights(texts.training, model.inner.count)
    if !configuration.router.ridges.isEmpty { model.router = try fitRouter(model, texts, weights, cache, tell) }
    var task = RouterTask(
      router: model.router, reader: model.reader, training: texts.training, validation: texts.validation,
      rowsPerPass: configuration.rowsPerPass,
      categoryWeights: weights)
    let takesSteps = model.router.adapter != nil || configuration.router.ridges.isEmpty
    var settings = configuration.router.phase
    if !takesSteps { settings.maximumSteps = 0 }
    let trainer = trainer(settings, .router, model)
    let outcome = try trainer.run(&task, checkpoint: folder.checkpoint(of: .router), onEvent: tell)
    let router = task.router
    let name = model.backbone.name
    return PhaseResult(outcome: outcome, trainingSamples: texts.training.count) { home in
      try router.write(to: home, backboneName: name)
    }
  }

  private func categoryWeights(_ texts: [RoutedText], _ categories: Int) -> [Double] {
    guard configuration.router.balancesCategories else { return Array(repeating: 1, count: categories) }
    var counts = [Double](repeating: 0, count: categories)
    for text in texts { counts[text.category] += 1 }
    let present = Double(counts.filter { $0 > 0 }.count)
    return counts.map { $0 > 0 ? Double(texts.count) / (present * $0) : 1 }
  }

  /// The best softmax regression among the ridges.
  private func fitRouter(
    _ model: RewardModel, _ texts: (training: [RoutedText], validation: [RoutedText]), _ weights: [Double],
    _ cache: TrunkCache, _ tell: (TrainingEvent) throws -> Void
  ) throws -> Router {
    let compute = model.compute
    func progress(_ done: Int, _ total: Int) throws { try tell(.textsRead(.router, done: done, total: total)) }
    func features(_ texts: [RoutedText]) throws -> Matrix {
      Matrix(stacking: try texts.reading(progress) { try cache.features($0.ids, model.router, model.reader) })
    }
    let training = try features(texts.training)
    let (shift, scale) = WarmStart.standardization(training)
    let graph = Graph(compute)
    func standardized(_ x: Matrix) -> Matrix {
      graph.standardize(Variable(constant: x), shift: shift, scale: scale).value
    }
    let x = standardized(training)
    let held = texts.validation.isEmpty ? nil : standardized(try features(texts.validation))
    var best: (loss: Double, router: Router)?
    for ridge in configuration.router.ridges {
      let fit = try SoftmaxRegression(
        features: x, classes: texts.training.map(\.category), classCount: model.inner.count,
        classWeights: weights.map { Float($0) }, options: .init(ridge: ridge), compute: compute)
      let logits = fit.logits(of: held ?? x, compute: compute)
      let judged = held == nil ? texts.training : texts.validation
      let loss = CrossEntropy.evaluate(logits, judged, categoryWeights: weights, totalWeight: 1, compute).result
        .meanLoss
      guard loss.isFinite, best.map({ loss < $0.loss }) ?? true else { continue }
      let head = Linear(fit.weights, bias: Matrix(row: fit.bias))
      best = (
        loss,
        Router(
          model.configuration.router, shift: shift, scale: scale, head: head, adapter: model.router.adapter)
      )
    }
    return best?.router ?? model.router
  }

  /// The trainer of a phase, with a seed of the phase's own.
  func trainer(_ settings: PhaseTraining, _ phase: TrainingPhase, _ model: RewardModel) -> Trainer {
    Trainer(
      settings: settings, selection: configuration.selection, seed: seed(of: phase),
      checkpointInterval: configuration.checkpointInterval, compute: model.compute)
  }
}
