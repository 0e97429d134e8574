import DMoERM

/// A reward from a complete model: one category, six capability experts of rank 32 on queries and values, an aggregator.
enum ScoringBenchmarks {
  static let experts = 6

  /// How far down the experts' adapters reach.
  enum Reach: String, CaseIterable {
    case allLayers = "all-layers"
    /// The layers below are computed once for all experts.
    case topThird = "top-third"
  }

  /// One prompt and one response of 100 tokens together.
  static func score(_ engines: Engines) -> [Benchmark] {
    Reach.allCases.map { reach in
      Benchmark(item: "score/100/\(reach.rawValue)", unit: .milliseconds, work: 1) {
        try engines.contenders { engine in
          let backbone = try engines.backbone(engine)
          let (model, texts) = (try model(backbone, engine, reach), try Workload(backbone))
          let (prompt, response) = (try texts.prompt(tokens: 50, seed: 1), try texts.response(tokens: 50, seed: 2))
          return { _ = try model.score(prompt: prompt, response: response) }
        }
      }
    }
  }

  /// A prompt of 128 tokens and 16 responses of 64.
  static func bestOf16(_ engines: Engines) -> [Benchmark] {
    Reach.allCases.map { reach in
      Benchmark(item: "best-of-16/\(reach.rawValue)", unit: .seconds, work: 1, isLong: true) {
        try engines.contenders { engine in
          let backbone = try engines.backbone(engine)
          let (model, texts) = (try model(backbone, engine, reach), try Workload(backbone))
          let prompt = try texts.prompt(tokens: 128, seed: 1)
          let responses = try (0..<16).map { try texts.response(tokens: 64, seed: $0 + 2) }
          return { _ = try model.scores(prompt: prompt, responses: responses) }
        }
      }
    }
  }

  private static func model(
    _ backbone: Backbone, _ engine: Engines.Engine, _ reach: Reach
  ) throws -> RewardModel {
    let points = (1...experts).map { CapabilityPoint(id: "point-\($0)") }
    let adapter = LoRAConfiguration(
      rank: 32, targets: [.query, .value],
      topLayers: reach == .topThird ? max(1, backbone.configuration.layerCount / 3) : nil)
    return try RewardModel.randomized(
      configuration: RewardModel.Configuration(
        taxonomy: try Taxonomy([TaskCategory(id: "general", points: points)]), base: adapter, expert: adapter,
        maximumTokens: min(2048, backbone.configuration.contextLength)),
      backbone: backbone, seed: 1, options: engine.options)
  }
}
