import DMoEData

/// What a policy is trained to make small: the clipped surrogate of its advantages, with what it pays for leaving its
/// reference and what it is paid for staying undecided.
///
/// With the ratio ρ = π / π_old and the advantage A, a token's loss is
/// `−min(ρ A, clip(ρ, 1 − low, 1 + high) A)`, where A < 0 never below `−dual · A`'s magnitude,
/// `+ coefficient · KL − entropyBonus · entropy` (PPO, 1707.06347; dual clip, 1912.09729; wider upper clip, 2503.14476).
///
/// ```swift
/// let objective = PolicyObjective { $0.aggregation = .tokenMean; $0.clipHigh = 0.28 }
/// ```
public struct PolicyObjective: Sendable, Equatable, Codable {
  /// What a ratio is a ratio of.
  public enum Ratio: String, Sendable, Equatable, Codable, CaseIterable {
    /// Every token has its own.
    case token
    /// All tokens of a completion share the geometric mean of theirs (GSPO; Zheng et al., 2507.18071).
    case sequence
  }

  /// How tokens' losses become one.
  public enum Aggregation: Sendable, Equatable, Codable {
    /// The mean over completions of the mean over their tokens (GRPO): short completions count as much as long ones.
    case sequenceMean
    /// The sum over completions and tokens, over completions times this length (Dr. GRPO; Liu et al., 2503.20783).
    case constantLength(Int)
    /// The mean over all tokens of the batch (DAPO; Yu et al., 2503.14476).
    case tokenMean

    // What the form holds, as settings name it.
    enum ConstantLengthCodingKeys: String, CodingKey { case _0 = "tokens" }
  }

  /// What a ratio is a ratio of.
  public var ratio = Ratio.token
  /// How far a ratio may fall below 1 before it is clipped.
  public var clipLow = 0.2
  /// How far a ratio may rise above 1 before it is clipped.
  public var clipHigh = 0.2
  /// The most that a token with a negative advantage may cost, in advantages; `nil` sets no bound (1912.09729 takes 3).
  public var dualClip: Double?
  /// How tokens' losses become one.
  public var aggregation = Aggregation.sequenceMean
  /// What leaving the reference costs; `nil` for nothing, and then no reference is computed.
  public var kl: KLPenalty? = KLPenalty()
  /// What a nat of entropy at a token is worth.
  public var entropyBonus = 0.0
  /// Leaves completions out that ended because they were too long: their reward is that of a text nobody finished.
  public var masksTruncated = true

  /// GRPO (Shao et al., 2402.03300), without the completions that were cut off.
  public init() {}

  /// An objective with changes.
  public init(_ change: (inout PolicyObjective) throws -> Void) rethrows {
    self.init()
    try change(&self)
  }
}

extension PolicyObjective.Aggregation: SettingForms {
  /// One of each form.
  package static let examples: [Self] = [.sequenceMean, .constantLength(128), .tokenMean]
}
