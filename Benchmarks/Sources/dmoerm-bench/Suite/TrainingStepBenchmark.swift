import DMoERM

/// One training step: forward, backward and the optimiser's update on 8 preference pairs of 192 tokens a text.
enum TrainingStepBenchmark {
  static let item = "training-step/8x192"

  /// Half of every text is the prompt that its pair shares; the peers compute it with each of the two responses.
  /// Adapters of rank 32 on the queries and values of every layer, as the paper trains them.
  static func benchmark(_ engines: Engines) -> Benchmark {
    Benchmark(item: item, unit: .seconds, work: 1, isLong: true) {
      try engines.contenders { engine in
        let backbone = try engines.backbone(engine)
        let samples = try pairs(Workload(backbone))
        let model = try RewardModel(
          configuration: RewardModel.Configuration(taxonomy: .single), backbone: backbone, seed: 0,
          options: engine.options)
        var trainer = try PreferenceTrainer(model, category: model.configuration.taxonomy.categories[0].id)
        return { try trainer.step(samples) }
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
