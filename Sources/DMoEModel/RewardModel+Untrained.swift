import DMoECore

extension Router {
  /// The router of a model's settings before any training.
  init(untrained configuration: RewardModel.Configuration, for backbone: BackboneConfiguration, seed: UInt64) {
    self.init(
      untrained: configuration.router, categories: configuration.taxonomy.categories.count,
      hiddenSize: backbone.hiddenSize,
      adapter: configuration.router.adapter.map {
        LoRAAdapter($0, for: backbone, depth: configuration.router.depth ?? configuration.depth, seed: seed)
      })
  }
}

extension InnerMoE {
  /// The mixture of a category of a model's settings before any training.
  init(
    untrained index: Int, of configuration: RewardModel.Configuration, for backbone: BackboneConfiguration, seed: UInt64
  ) {
    let seed = RandomSource.seed(seed, stream: UInt64(index + 1))
    self.init(
      untrained: configuration.taxonomy.categories[index],
      base: Expert(
        adapter: LoRAAdapter(configuration.base, for: backbone, depth: configuration.depth, seed: seed),
        head: ValueHead(stateSize: configuration.stateSize(backbone.hiddenSize), seed: seed)))
  }
}
