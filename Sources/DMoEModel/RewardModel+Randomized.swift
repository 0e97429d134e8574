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
      model.inner[index].base.randomize(seed: own)
      model.inner[index].isBaseTrained = true
      let points = model.inner[index].category.points.count
      guard points > 0 else { continue }
      model.inner[index].experts = (0..<points).map { point in
        let seed = RandomSource.seed(own, stream: UInt64(point + 1))
        var expert = Expert(
          adapter: LoRAAdapter(configuration.expert, for: numbers, depth: configuration.depth, seed: seed),
          head: ValueHead(stateSize: model.stateSize, seed: seed))
        expert.randomize(seed: seed)
        return expert
      }
      model.inner[index].aggregator = Aggregator(inputs: points * model.stateSize, width: width, seed: own)
    }
    var source = RandomSource(seed: seed, stream: 0x6A7E)
    let features = configuration.router.features(numbers.hiddenSize)
    model.router.head = Linear(
      source.uniform(model.inner.count, features, bound: 1 / Float(features).squareRoot()),
      bias: Matrix(zeros: 1, model.inner.count))
    model.isRouterTrained = true
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
