import DMoECore
public import DMoEData

extension RewardModel {
  /// A model to train capability experts of, on top of a base that is there already: a published reward model, or any model
  /// of one category without experts.
  ///
  /// ```swift
  /// let base = try RewardModel(classifier: URL(fileURLWithPath: "published-model"))
  /// var model = try RewardModel(
  ///   base: base, taxonomy: try Taxonomy([TaskCategory(id: "chat", points: [CapabilityPoint(id: "empathy")])]),
  ///   expert: LoRAConfiguration(rank: 8, alpha: 16, topLayers: 8), seed: 1)
  /// try TrainingPipeline(runFolder: URL(fileURLWithPath: "experts.run")).run(&model, samples: samples)
  /// ```
  ///
  /// Every category has the base, trained, and reads text as the base does. Training leaves bases that are trained as they
  /// are: it begins with the experts.
  ///
  /// - Parameters:
  ///   - base: A model of one category, whose base alone makes its rewards.
  ///   - taxonomy: The categories with their capability points.
  ///   - expert: The adapter of every capability expert.
  ///   - router: The settings of the router, where there are several categories.
  ///   - seed: Draws the router.
  /// - Throws: `ModelError.invalidModel` for a base that is no such model; what `init(configuration:backbone:seed:options:)`
  ///   throws.
  public init(
    base: RewardModel, taxonomy: Taxonomy, expert: LoRAConfiguration,
    router: RouterConfiguration = RouterConfiguration(),
    seed: UInt64
  ) throws {
    guard base.inner.count == 1, let own = base.inner.first, own.isBaseTrained, !own.isMixing,
      base.companions.isEmpty
    else {
      throw ModelError.invalidModel(
        reason: "a base is a trained model of one category without experts; this one has "
          + "\(base.inner.count) categories and \(base.inner.reduce(0) { $0 + $1.category.points.count }) points")
    }
    var configuration = base.configuration
    configuration.taxonomy = taxonomy
    configuration.expert = expert
    configuration.router = router
    configuration.combination = nil
    try self.init(
      configuration: configuration, reader: base.reader,
      router: Router(untrained: configuration, for: base.backbone.configuration, seed: seed),
      inner: taxonomy.categories.map { category in
        try InnerMoE(category: category, base: own.base, normalization: own.normalization)
      })
    imported = base.imported
    temperature = base.temperature
    keepsBases = true
  }
}
