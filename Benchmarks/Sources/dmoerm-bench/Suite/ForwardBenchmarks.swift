import DMoERM

/// Tokens a second through the whole backbone.
enum ForwardBenchmarks {
  struct Shape {
    let sequences: Int
    let length: Int
    var item: String { "forward/\(sequences)x\(length)" }
  }

  static let shapes = [(1, 32), (1, 128), (1, 256), (1, 512), (8, 128)].map { Shape(sequences: $0.0, length: $0.1) }

  static func all(_ engines: Engines) -> [Benchmark] {
    shapes.map { shape in
      Benchmark(item: shape.item, unit: .tokens, work: Double(shape.sequences * shape.length)) {
        try engines.contenders { engine in
          let backbone = try engines.backbone(engine)
          return shape.sequences == 1
            ? single(backbone, engine, shape) : try batch(backbone, engine, shape)
        }
      }
    }
  }

  /// `Backbone.hiddenState(ofLast:)`.
  private static func single(_ backbone: Backbone, _ engine: Engines.Engine, _ shape: Shape) -> () throws -> Void {
    let ids = Workload.ids(shape.length, vocabularySize: backbone.configuration.vocabularySize)
    return { _ = try backbone.hiddenState(ofLast: ids, options: engine.options) }
  }

  /// `RewardModel.scores(of:)` of a model with one category and no experts, which is the backbone and next to nothing:
  /// an adapter of rank 1 on one projection of the last layer. Tokenising is part of it.
  private static func batch(
    _ backbone: Backbone, _ engine: Engines.Engine, _ shape: Shape
  ) throws -> () throws -> Void {
    let least = LoRAConfiguration(rank: 1, alpha: 1, dropout: 0, targets: [.query], topLayers: 1)
    let model = try RewardModel(
      configuration: RewardModel.Configuration(taxonomy: .single, base: least), backbone: backbone, seed: 1,
      options: engine.options)
    let texts = try Workload(backbone)
    let candidates = try (0..<shape.sequences).map { seed in
      try Candidate(
        prompt: texts.prompt(tokens: shape.length / 2, seed: 2 * seed),
        response: texts.response(tokens: shape.length - shape.length / 2, seed: 2 * seed + 1))
    }
    return { _ = try model.scores(of: candidates) }
  }
}
