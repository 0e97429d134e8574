import DMoECore
public import DMoEData

/// How well calibrated rewards are: whether, of pairs with a confidence of 80 %, four in five are ordered right.
///
/// The confidence of a pair is σ(|difference|), in 0.5 ... 1, where the difference of its rewards is divided by the model's
/// temperature. A pair is ordered right if the chosen response has the greater reward.
public struct Calibration: Sendable, Hashable, Codable {
  /// A group of pairs of similar confidence.
  public struct Bin: Sendable, Hashable, Codable {
    /// The lower end of the bin's confidences, which it includes; `upper` belongs to the next bin, and 1 to the last one.
    public let lower: Double
    /// The upper end of the bin's confidences.
    public let upper: Double
    /// The mean confidence of the bin's pairs; nil without pairs.
    public let meanConfidence: Double?
    /// The share of the bin's pairs that are ranked right.
    public let accuracy: Proportion
  }

  /// Ten bins of equal width over 0.5 ... 1, empty ones included.
  public let bins: [Bin]
  /// The expected calibration error: the mean over pairs of |accuracy − mean confidence| of their bins; nil without pairs.
  ///
  /// Source: Guo et al., 1706.04599, section 2.
  public let expectedError: Double?
  /// The Brier score: the mean of (1 − σ(chosen − rejected))². A coin has 0.25, certainty that is always right 0; nil
  /// without pairs.
  public let brierScore: Double?

  /// The calibration of pairs.
  ///
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
