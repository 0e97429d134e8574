public import DMoECore

extension RewardModel {
  /// A complete model of random numbers: every category has all its capability experts and an aggregator, as after
  /// training, and its rewards mean nothing. For benchmarks and tests.
  ///
  /// - Throws: As `init(configuration:backbone:seed:options:)`.
  public static func randomized(
    configuration: Configuration, backbone: Backbone, seed: UInt64, options: ComputeOptions = ComputeOptions()
  ) throws -> RewardModel {
    var model = try RewardModel(configuration: configuration, backbone: backbone, seed: seed, options: options)
    let numbers = backbone.configuration
    let width = configuration.aggregatorWidth ?? numbers.hiddenSize
    for index in model.inner.indices {
      let own = RandomSource.seed(seed, stream: UInt64(index) << 16 | 0xFFFF)
      var base = model.inner[index].base
      base.randomize(seed: own)
      model.install(base: base, normalization: nil, at: index)
      let points = model.inner[index].category.points.count
      guard points > 0 else { continue }
      for point in 0..<points {
        let seed = RandomSource.seed(own, stream: UInt64(point + 1))
        var expert = Expert(
          adapter: LoRAAdapter(configuration.expert, for: numbers, depth: configuration.depth, seed: seed),
          head: ValueHead(stateSize: model.stateSize, seed: seed))
        expert.randomize(seed: seed)
        try model.install(
          expert: CapabilityExpert(expert, scale: RewardNormalization()), at: index, point: point)
      }
      try model.install(
        aggregator: Aggregator(inputs: points * model.stateSize, width: width, seed: own), normalization: nil, at: index
      )
    }
    var source = RandomSource(seed: seed, stream: 0x6A7E)
    let features = configuration.router.features(numbers.hiddenSize)
    model.router.head = Linear(
      source.uniform(model.inner.count, features, bound: 1 / Float(features).squareRoot()),
      bias: Matrix(zeros: 1, model.inner.count))
    model.router.isTrained = true
    return model
  }
}

extension Expert {
  /// Gives the adapter's B, which start at 0, small random values, so that the adapter changes something.
  fileprivate mutating func randomize(seed: UInt64) {
    var source = RandomSource(seed: seed, stream: 0xB)
    adapter.visitParameters("") { path, parameter in
      guard path.hasSuffix("lora_B.weight") else { return }
      parameter.value = source.uniform(parameter.value.rows, parameter.value.columns, bound: 0.02)
    }
  }
}
