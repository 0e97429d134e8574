import ArgumentParser
import DMoERL
@_spi(Command) import DMoERM

/// How advantages are made of rewards, by the names people know.
enum RLAlgorithm: String, ExpressibleByArgument, CaseIterable {
  case grpo
  case drGRPO = "dr-grpo"
  case dapo, rloo, reinforce, ppo

  /// Changes the settings in which it differs from GRPO.
  func apply(to configuration: inout RLConfiguration) {
    switch self {
    case .grpo: break
    case .drGRPO:
      configuration.advantages = .group(.none)
      configuration.objective.aggregation = .constantLength(configuration.maximumTokens)
    case .dapo:
      configuration.objective.aggregation = .tokenMean
      configuration.objective.clipHigh = 0.28
      configuration.objective.kl = nil
    case .rloo:
      configuration.advantages = .leaveOneOut
      configuration.objective.kl = Self.charged
    case .reinforce:
      configuration.advantages = .batchMean
      configuration.objective.kl = Self.charged
    case .ppo:
      configuration.advantages = .generalized(GeneralizedAdvantage())
      configuration.objective.aggregation = .tokenMean
      configuration.objective.kl = Self.charged
      configuration.updatesPerStep = 4
    }
  }

  /// The name of what a configuration does.
  static func name(of configuration: RLConfiguration) -> String {
    let objective = configuration.objective
    let algorithm: RLAlgorithm? =
      switch configuration.advantages {
      case .generalized: .ppo
      case .leaveOneOut: .rloo
      case .batchMean: .reinforce
      case .group(.none): if case .constantLength = objective.aggregation { .drGRPO } else { nil }
      case .group: objective.aggregation == .tokenMean ? .dapo : .grpo
      }
    return algorithm?.rawValue ?? "groups"
  }

  /// A penalty that is taken from rewards.
  private static let charged = KLPenalty { ($0.estimator, $0.place, $0.coefficient) = (.k1, .reward, 0.05) }
}

extension PolicyObjective.Aggregation {
  /// Whether it is the same but for a length.
  func isKind(of other: Self) -> Bool {
    switch (self, other) {
    case (.constantLength, .constantLength), (.sequenceMean, .sequenceMean), (.tokenMean, .tokenMean): true
    default: false
    }
  }
}
