@_spi(Command) import DMoERM

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
    TrainingConfiguration {
      $0.seed = seed
      $0.aggregator.epochs = 6
    }
  }
}
