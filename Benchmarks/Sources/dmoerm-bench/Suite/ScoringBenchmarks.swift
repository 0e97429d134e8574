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

  static func all(_ engines: Engines) -> [Benchmark] { score(engines) + bestOf16(engines) + extraResponse(engines) }

  /// One prompt and one response of 100 tokens together.
  private static func score(_ engines: Engines) -> [Benchmark] {
    Reach.allCases.map { reach in
      Benchmark(item: "score/100/\(reach.rawValue)", unit: .milliseconds) {
        try engines.contenders { engine in
          let (model, texts) = try model(engines, engine, reach)
          let (prompt, response) = (try texts.prompt(tokens: 50, seed: 1), try texts.response(tokens: 50, seed: 2))
          return { _ = try model.score(prompt: prompt, response: response) }
        }
      }
    }
  }

  /// A prompt of 128 tokens and 16 responses of 64.
  private static func bestOf16(_ engines: Engines) -> [Benchmark] {
    Reach.allCases.map { reach in
      Benchmark(item: "best-of-16/\(reach.rawValue)", unit: .seconds) {
        try engines.contenders { engine in
          let (model, texts) = try model(engines, engine, reach)
          let prompt = try texts.prompt(tokens: 128, seed: 1)
          let responses = try (0..<16).map { try texts.response(tokens: 64, seed: $0 + 2) }
          return { _ = try model.scores(prompt: prompt, responses: responses) }
        }
      }
    }
  }

  /// One more response of 64 tokens to a prompt of 128 that was prepared; and, as what it may cost, a text of 64 tokens and no more.
  private static func extraResponse(_ engines: Engines) -> [Benchmark] {
    Reach.allCases.map { reach in
      let item = "extra-response/\(reach.rawValue)"
      return Benchmark(item: item, unit: .milliseconds) {
        try engines.all.flatMap { engine -> [Contender] in
          let (model, texts) = try model(engines, engine, reach)
          let (prompt, response) = (try texts.prompt(tokens: 128, seed: 1), try texts.response(tokens: 64, seed: 2))
          let (short, end) = (try texts.prompt(tokens: 32, seed: 3), try texts.response(tokens: 32, seed: 4))
          var alone = Contender(engine.name) { _ = try model.score(prompt: short, response: end) }
          alone.variant = (Self.alone(item), 1)
          let kept = try model.prepare(prompt: prompt)
          return [Contender(engine.name) { _ = try model.score(response, after: kept) }, alone]
        }
      }
    }
  }

  /// The item that an extra response is measured against: a text of as many tokens, and no prompt before it.
  static func alone(_ item: String) -> String { item + "/alone" }

  /// A model of random adapters, and texts for it.
  static func model(_ engines: Engines, _ engine: Engine, _ reach: Reach) throws -> (RewardModel, Workload) {
    let backbone = try engines.backbone(engine)
    let points = (1...experts).map { CapabilityPoint(id: "point-\($0)") }
    let adapter = LoRAConfiguration(
      rank: 32, targets: [.query, .value], topLayers: reach == .topThird ? backbone.topThird : nil)
    let model = try RewardModel.randomized(
      configuration: RewardModel.Configuration(
        taxonomy: try Taxonomy([TaskCategory(id: "general", points: points)]), base: adapter, expert: adapter,
        maximumTokens: min(2048, backbone.configuration.contextLength)),
      backbone: backbone, seed: 1, options: engine.options)
    return (model, try Workload(backbone))
  }
}

extension Backbone {
  /// How many layers the last third is.
  var topThird: Int { max(1, configuration.layerCount / 3) }
}
