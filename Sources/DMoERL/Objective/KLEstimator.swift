import DMoEData
import Foundation

/// The way in which the Kullback-Leibler divergence of the policy from its reference is estimated at a token.
///
/// With d = log π(token) − log π_reference(token), in nats (Schulman, "Approximating KL divergence", 2020).
public enum KLEstimator: String, Sendable, Equatable, Codable, CaseIterable {
  /// d: unbiased, and negative at every other token.
  case k1
  /// d² / 2: biased, with the gradient of the true divergence.
  case k2
  /// exp(−d) − 1 + d: unbiased and never negative.
  case k3
  /// The sum over the whole vocabulary: no estimate at all. Logits of the reference are computed beside the policy's, for a
  /// block of tokens at a time.
  case exact

  /// The estimate and its derivative by log π(token); for `exact` both come from the head instead.
  func evaluate(_ difference: Double) -> (value: Double, slope: Double) {
    switch self {
    case .k1: (difference, 1)
    case .k2: (difference * difference / 2, difference)
    case .k3: (exp(-difference) - 1 + difference, 1 - exp(-difference))
    case .exact: (0, 0)
    }
  }
}

/// What the policy pays for leaving its reference.
public struct KLPenalty: Sendable, Equatable, Codable {
  /// Where the penalty is charged.
  public enum Place: String, Sendable, Equatable, Codable, CaseIterable {
    /// A term of the loss, whose gradient flows (GRPO).
    case loss
    /// Taken from the reward before advantages are computed: once for the whole completion (RLOO), or token by token where every
    /// token has an advantage of its own (PPO).
    case reward
  }

  /// What a nat costs, in units of the reward.
  public var coefficient = 0.04
  /// How it is estimated.
  public var estimator = KLEstimator.k3
  /// Where it is charged.
  public var place = Place.loss

  /// GRPO's penalty (Shao et al., 2402.03300).
  public init() {}

  /// A penalty with changes.
  public init(_ change: (inout KLPenalty) throws -> Void) rethrows {
    self.init()
    try change(&self)
  }
}

extension KLPenalty: SettingsGroup {
  /// The values of what is not named.
  package static let defaults = KLPenalty()
}
