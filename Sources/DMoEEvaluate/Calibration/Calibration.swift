import DMoECore
public import DMoEData

/// Whether σ(difference of rewards) is the probability that it claims to be; of a model whose temperature is not 1, of the
/// differences divided by it.
///
/// The confidence of a pair is σ(|difference|), in 0.5 ... 1; it is right if the chosen response has the greater reward.
public struct Calibration: Sendable, Hashable, Codable {
  /// A group of pairs of similar confidence.
  public struct Bin: Sendable, Hashable, Codable {
    /// The confidences it takes, from `lower` to below `upper`; the last one takes 1 too.
    public let lower: Double
    /// The upper end of the confidences.
    public let upper: Double
    /// nil in an empty bin.
    public let meanConfidence: Double?
    /// The share of the bin's pairs that are ranked right.
    public let accuracy: Proportion
  }

  /// Ten of equal width over 0.5 ... 1, empty ones included.
  public let bins: [Bin]
  /// Mean over pairs of |accuracy − mean confidence| of their bins; nil without pairs.
  ///
  /// Source: Guo et al., 1706.04599, section 2.
  public let expectedError: Double?
  /// Mean of (1 − σ(chosen − rejected))²; 0.25 is a coin, 0 is perfect; nil without pairs.
  public let brierScore: Double?

  /// - Parameter differences: Chosen minus rejected reward, finite, one a pair.
  public init(differences: [Double]) {
    let count = 10
    var pairs = [Int](repeating: 0, count: count)
    var right = [Double](repeating: 0, count: count)
    var confidences = [Double](repeating: 0, count: count)
    var brier = 0.0
    for difference in differences {
      let confidence = Logistic.sigmoid(abs(difference))
      let bin = min(count - 1, Int((confidence - 0.5) * 2 * Double(count)))
      pairs[bin] += 1
      right[bin] += ScoredPair.credit(difference)
      confidences[bin] += confidence
      let doubt = Logistic.sigmoid(-difference)
      brier += doubt * doubt
    }
    let total = Double(differences.count)
    bins = (0..<count).map { bin in
      Bin(
        lower: 0.5 + Double(bin) / Double(2 * count), upper: 0.5 + Double(bin + 1) / Double(2 * count),
        meanConfidence: pairs[bin] > 0 ? confidences[bin] / Double(pairs[bin]) : nil,
        accuracy: Proportion(successes: right[bin], total: pairs[bin]))
    }
    expectedError = total > 0 ? zip(right, confidences).reduce(0) { $0 + abs($1.0 - $1.1) } / total : nil
    brierScore = total > 0 ? brier / total : nil
  }
}
