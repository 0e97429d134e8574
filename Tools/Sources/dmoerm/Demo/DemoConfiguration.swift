import DMoERM

/// What the demo trains: small enough for a few minutes on two cores.
enum DemoConfiguration {
  static let seed: UInt64 = 1
  /// The share of prompts that no phase sees.
  static let heldOutFraction = 0.25

  /// Adapters on the top layers only, so that the layers below run once for all experts.
  static var model: RewardModel.Configuration {
    let adapter = LoRAConfiguration(rank: 8, alpha: 16, dropout: 0, topLayers: 4)
    return RewardModel.Configuration(taxonomy: .paper, base: adapter, expert: adapter, maximumTokens: 512)
  }

  static var training: TrainingConfiguration {
    TrainingConfiguration(
      seed: seed, base: PhaseTraining(learningRate: 5e-4, epochs: 3),
      expert: PhaseTraining(learningRate: 5e-4, epochs: 2),
      aggregator: PhaseTraining(learningRate: 1e-4, epochs: 6))
  }
}
