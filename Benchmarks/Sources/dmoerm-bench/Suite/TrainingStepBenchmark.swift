import DMoERM

/// One training step: forward, backward and the optimiser's update on 8 preference pairs of 192 tokens a text.
enum TrainingStepBenchmark {
  static let item = "training-step/8x192"

  /// Half of every text is the prompt that its pair shares; the peers compute it with each of the two responses.
  ///
  /// - Parameter prepare: Makes a trainer over the pairs and returns what does one step.
  static func benchmark(
    _ engines: Engines,
    prepare: @escaping (Backbone, ComputeOptions, [RankedResponses]) throws -> () throws -> Void
  ) -> Benchmark {
    Benchmark(item: item, unit: .seconds, work: 1, isLong: true) {
      try engines.contenders { engine in
        let backbone = try engines.backbone(engine)
        return try prepare(backbone, engine.options, try pairs(Workload(backbone)))
      }
    }
  }

  private static func pairs(_ texts: Workload) throws -> [RankedResponses] {
    try (0..<8).map { seed in
      let conversation = try Conversation(prompt: try texts.prompt(tokens: 96, seed: 3 * seed))
      let responses = try (1...2).map { try texts.response(tokens: 96, seed: 3 * seed + $0) }
      return try RankedResponses(id: "\(seed)", conversation: conversation, responses: responses, ranks: [1, 2])
    }
  }
}
