import DMoERM

/// Tokens a second through the whole backbone, beside the bare products of the same rows.
enum ForwardBenchmarks {
  struct Shape {
    let sequences: Int
    let length: Int
    var item: String { "forward/\(sequences)x\(length)" }
    var rows: Int { sequences * length }
  }

  static let shapes = [(1, 32), (1, 128), (1, 256), (1, 512), (8, 128)].map { Shape(sequences: $0.0, length: $0.1) }

  static func all(_ engines: Engines) -> [Benchmark] {
    shapes.map { shape in
      Benchmark(
        item: shape.item, unit: .tokens, work: Double(shape.rows),
        operations: { try ProductBenchmarks.operations(engines, rows: shape.rows) }
      ) {
        try engines.contenders { engine in
          let backbone = try engines.backbone(engine)
          return shape.sequences == 1
            ? single(backbone, engine, shape.length) : try batch(backbone, engine, shape)
        } + ProductBenchmarks.chains(engines, rows: shape.rows)
      }
    }
  }

  /// Growth with length, one text.
  static func scale(_ engines: Engines) -> [Benchmark] {
    [1024, 2048, 4096, 8192].map { length in
      Benchmark(item: "scale/\(length)", unit: .seconds) {
        try engines.contenders { engine in
          let backbone = try engines.backbone(engine)
          guard length <= backbone.configuration.contextLength else {
            throw BenchmarkError("scale/\(length): the backbone reads \(backbone.configuration.contextLength) tokens")
          }
          return single(backbone, engine, length)
        }
      }
    }
  }

  /// `Backbone.hiddenState(ofLast:)`.
  static func single(_ backbone: Backbone, _ engine: Engine, _ length: Int) -> () throws -> Void {
    let ids = Workload.ids(length, vocabularySize: backbone.configuration.vocabularySize)
    return { _ = try backbone.hiddenState(ofLast: ids, options: engine.options) }
  }

  /// `RewardModel.scores(of:)` of a model with one category and no experts, which is the backbone and next to nothing:
  /// an adapter of rank 1 on one projection of the last layer. Tokenising is part of it.
  private static func batch(_ backbone: Backbone, _ engine: Engine, _ shape: Shape) throws -> () throws -> Void {
    let least = LoRAConfiguration(rank: 1, alpha: 1, dropout: 0, targets: [.query], topLayers: 1)
    var model = try RewardModel(
      configuration: RewardModel.Configuration(taxonomy: .single, base: least), backbone: backbone, seed: 1,
      options: engine.options)
    model.scoresUntrained = true
    let texts = try Workload(backbone)
    let candidates = try (0..<shape.sequences).map { seed in
      try Candidate(
        prompt: texts.prompt(tokens: shape.length / 2, seed: 2 * seed),
        response: texts.response(tokens: shape.length - shape.length / 2, seed: 2 * seed + 1))
    }
    return { [model] in _ = try model.scores(of: candidates) }
  }
}
