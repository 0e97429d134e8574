import DMoECore
import DMoEData
import Foundation

/// The pairwise ranking loss: −log σ(chosen − rejected) in nats, with the variants that noisy labels ask for.
///
/// For one pair with difference d = r_chosen − r_rejected − margin (plus what lengths explain, under
/// `debiasesLength`), the loss is
/// `−q log σ(d) − (1 − q) log σ(−d) + centering (r_chosen + r_rejected)²`,
/// where q is 1, or 1 − labelSmoothing, or the sample's own probability. A ranking's loss is the mean over its pairs of
/// different rank; a batch's is the weighted mean over its rankings. Computed by `softplus`, which neither overflows nor
/// loses its gradient (upstream's log(sigmoid(d)) is infinite below −88: Docs/Fidelity.md, row 8).
public struct RankingLoss: Sendable, Equatable, Codable {
  /// The treatment of pairs of equal rank.
  public enum Ties: String, Sendable, Codable, CaseIterable {
    /// They form no pair (the paper).
    case skip
    /// They count as pairs with q = 1/2: pulled together.
    case half
  }

  /// Subtracts the sample's margin, scaled by this, from the difference; 0 ignores margins (Llama 2, 2307.09288).
  public var marginScale = 0.0
  /// The share of labels believed to be wrong: q = 1 − labelSmoothing (cDPO; Chowdhury et al., 2403.00409).
  public var labelSmoothing = 0.0
  /// Takes a sample's `probability` as q where it has one.
  public var usesProbabilities = true
  /// The treatment of pairs of equal rank.
  public var ties = Ties.skip
  /// Weight of the squared sum of both rewards, which keeps rewards near 0 (Eisenstein et al., 2312.09244; TRL advises 0.01).
  public var centering = 0.0
  /// The rewards of a phase learn what lengths leave unexplained: the log-odds that lengths alone give its pairs are
  /// fitted first and added to the difference in the loss, not to the reward (a product of experts of which one is
  /// dropped: Clark et al., 1909.03683).
  public var debiasesLength = false

  /// The Bradley-Terry loss alone (the paper).
  public init() {}

  /// The Bradley-Terry loss with changes.
  ///
  /// ```swift
  /// let loss = RankingLoss { $0.labelSmoothing = 0.1 }
  /// ```
  public init(_ change: (inout RankingLoss) throws -> Void) rethrows {
    self.init()
    try change(&self)
  }

  func validate(_ require: Requirement<TrainError>) throws {
    try require("marginScale", marginScale, .atLeast(0))
    try require("labelSmoothing", labelSmoothing, .within(0..<0.5))
    try require("centering", centering, .atLeast(0))
  }

  /// The loss of one pair and its derivatives by the two rewards.
  func pair(
    chosen: Double, rejected: Double, probability q: Double, margin: Double, offset: Double = 0
  ) -> (loss: Double, chosenGradient: Double, rejectedGradient: Double) {
    let d = chosen - rejected - marginScale * margin + offset
    let loss = q * Logistic.softplus(-d) + (1 - q) * Logistic.softplus(d)
    let slope = Logistic.sigmoid(d) - q
    let sum = chosen + rejected
    return (
      loss + centering * sum * sum, slope + 2 * centering * sum, -slope + 2 * centering * sum
    )
  }
}
