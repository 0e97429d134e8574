import DMoERM
import Foundation

/// Forward, backward and the optimiser's update. Half of every text is the prompt that its pair shares; the peers compute
/// it with each of the two responses.
enum TrainingBenchmarks {
  static let step = "training-step/8x192"
  /// The same, with activations computed again in the backward pass.
  static let recomputed = "training-step/8x192/recomputed"
  static let epoch = "epoch/16x192/top-third"
  static let large = "training-step/16x400/all-linear"

  static func all(_ engines: Engines) -> [Benchmark] { [stepBenchmark(engines), epochBenchmark(engines)] }

  /// 8 pairs of 192 tokens a text; adapters of rank 32 on the queries and values of every layer, as the paper trains.
  private static func stepBenchmark(_ engines: Engines) -> Benchmark {
    Benchmark(item: step, unit: .seconds) {
      try steps(engines, pairs: 8, length: 192, LoRAConfiguration())
    }
  }

  /// As `step`, in less memory. For its memory.
  static func recomputedStep(_ engines: Engines) -> Benchmark {
    Benchmark(item: recomputed, unit: .seconds) {
      try steps(engines, pairs: 8, length: 192, LoRAConfiguration(), recomputes: true)
    }
  }

  /// 16 pairs of 400 tokens a text; adapters of rank 16 on all seven linear layers of every layer. For its memory.
  static func largeStep(_ engines: Engines) -> Benchmark {
    Benchmark(item: large, unit: .seconds) {
      try steps(
        engines, pairs: 16, length: 400, LoRAConfiguration(rank: 16, targets: Projection.allCases))
    }
  }

  private static func steps(
    _ engines: Engines, pairs count: Int, length: Int, _ adapter: LoRAConfiguration, recomputes: Bool = false
  ) throws -> [Contender] {
    let configuration = TrainingConfiguration { $0.memory.checkpointsActivations = recomputes }
    return try engines.contenders(where: \.trains) { engine in
      let backbone = try engines.backbone(engine)
      let samples = try pairs(count, length: length, Workload(backbone))
      let model = try RewardModel(
        configuration: RewardModel.Configuration(taxonomy: .single, base: adapter), backbone: backbone, seed: 0,
        options: engine.options)
      var trainer = try PreferenceTrainer(
        model, category: model.configuration.taxonomy.categories[0].id, configuration: configuration)
      return { try trainer.step(samples) }
    }
  }

  /// 16 pairs in two steps, adapters in the last third of the layers: an epoch when the first has left its trunk outputs.
  private static func epochBenchmark(_ engines: Engines) -> Benchmark {
    Benchmark(item: epoch, unit: .seconds) {
      try engines.all.filter(\.trains).map { engine in
        let backbone = try engines.backbone(engine)
        let samples = try pairs(16, length: 192, Workload(backbone))
        let adapter = LoRAConfiguration(topLayers: backbone.topThird)
        let model = try RewardModel(
          configuration: RewardModel.Configuration(taxonomy: .single, base: adapter), backbone: backbone, seed: 0,
          options: engine.options)
        return Contender(engine: engine.name) { repetitions in
          try laterEpoch(model, samples, epochs: 1 + repetitions)
        }
      }
    }
  }

  /// Trains in a folder that is then removed.
  ///
  /// - Returns: the seconds of an epoch, from the last step of the first to the last step of all.
  private static func laterEpoch(_ model: RewardModel, _ samples: [RankedResponses], epochs: Int) throws -> Double {
    let configuration = TrainingConfiguration { configuration in
      configuration.data.baseFraction = 1
      configuration.data.validationFraction = 0
      configuration.start.warmsHeads = false
      configuration.base = PhaseTraining(learningRate: 5e-4, epochs: Double(epochs)) { phase in
        phase.validationInterval = 1 << 30
        phase.patience = nil
      }
      configuration.checkpointInterval = 1 << 30
    }
    let folder = Scratch("run")
    var model = model
    let clock = ContinuousClock()
    var ends: [ContinuousClock.Instant] = []
    try TrainingPipeline(configuration: configuration, runFolder: folder.url).run(&model, samples: samples) { event in
      switch event {
      case .step: ends.append(clock.now)
      case .phaseLeftOut(_, let reason): throw BenchmarkError("\(epoch): \(reason)")
      default: break
      }
    }
    let steps = ends.count / epochs
    guard steps > 0, steps * epochs == ends.count else {
      throw BenchmarkError("\(epoch): \(ends.count) steps in \(epochs) epochs")
    }
    return (ends[ends.count - 1] - ends[steps - 1]).inSeconds / Double(epochs - 1)
  }

  private static func pairs(_ count: Int, length: Int, _ texts: Workload) throws -> [RankedResponses] {
    try (0..<count).map { seed in
      let conversation = try Conversation(prompt: try texts.prompt(tokens: length / 2, seed: 3 * seed))
      let responses = try (1...2).map { try texts.response(tokens: length - length / 2, seed: 3 * seed + $0) }
      return try RankedResponses(
        id: "\(seed)", conversation: conversation, responses: responses, ranks: [1, 2],
        category: Taxonomy.single.categories[0].id)
    }
  }
}
