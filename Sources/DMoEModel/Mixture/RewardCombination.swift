import DMoEData

/// A rule that makes one reward of those that several experts give a response, without an aggregator.
public enum RewardCombination: Sendable, Hashable, Codable {
  /// Their mean.
  case mean
  /// The least of them: what one expert finds bad is not made good by the others (worst-case optimization; Coste et
  /// al., 2310.02743).
  case worstCase
  /// Mean − λ · variance (uncertainty-weighted optimization, same source); λ of 0 or more.
  case uncertaintyWeighted(lambda: Float)
  /// Mean − λ · standard deviation: a lower bound in the rewards' own unit; λ of 0 or more.
  case meanLessDeviation(lambda: Float)

  /// The experts' rewards, which have a common scale, as one.
  public func callAsFunction(_ rewards: [Float]) -> Float {
    let mean = rewards.mean ?? 0
    switch self {
    case .mean: return mean
    case .worstCase: return rewards.min() ?? 0
    case .uncertaintyWeighted(let lambda):
      let deviation = rewards.deviation ?? 0
      return mean - lambda * deviation * deviation
    case .meanLessDeviation(let lambda): return mean - lambda * (rewards.deviation ?? 0)
    }
  }
}

extension RewardCombination: CustomStringConvertible {
  /// The rule in words, for tables.
  public var description: String {
    switch self {
    case .mean: "mean"
    case .worstCase: "worst case"
    case .uncertaintyWeighted(let lambda): "mean − \(lambda) variance"
    case .meanLessDeviation(let lambda): "mean − \(lambda) deviation"
    }
  }
}

extension RewardCombination: SettingForms {
  /// One of each form.
  package static let examples: [Self] = [
    .mean, .worstCase, .uncertaintyWeighted(lambda: 0.5), .meanLessDeviation(lambda: 1),
  ]
}
