import DMoECore
import Foundation

/// The pairwise ranking loss: −log σ(chosen − rejected) in nats, with the variants that noisy labels ask for.
///
/// For one pair with difference d = r_chosen − r_rejected − margin (plus what lengths explain, under
/// `TrainingConfiguration.debiasesLength`), the loss is
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
  public var marginScale: Double
  /// The share of labels believed to be wrong: q = 1 − labelSmoothing (cDPO; Chowdhury et al., 2403.00409).
  public var labelSmoothing: Double
  /// Takes a sample's `probability` as q where it has one.
  public var usesProbabilities: Bool
  /// The treatment of pairs of equal rank.
  public var ties: Ties
  /// Weight of the squared sum of both rewards, which keeps rewards near 0 (Eisenstein et al., 2312.09244; TRL advises 0.01).
  public var centering: Double

  /// A loss of these terms; the default is the Bradley-Terry loss alone.
  public init(
    marginScale: Double = 0, labelSmoothing: Double = 0, usesProbabilities: Bool = true, ties: Ties = .skip,
    centering: Double = 0
  ) {
    self.marginScale = marginScale
    self.labelSmoothing = labelSmoothing
    self.usesProbabilities = usesProbabilities
    self.ties = ties
    self.centering = centering
  }

  func validate() throws {
    func require(_ condition: Bool, _ reason: String) throws {
      if !condition { throw TrainError.invalidConfiguration(reason: "loss: \(reason)") }
    }
    try require(marginScale >= 0 && marginScale.isFinite, "marginScale is \(marginScale)")
    try require(labelSmoothing >= 0 && labelSmoothing < 0.5, "labelSmoothing is \(labelSmoothing)")
    try require(centering >= 0 && centering.isFinite, "centering is \(centering)")
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
