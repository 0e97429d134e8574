/// A comparison of two models on the same pairs, with what it takes to tell their difference from chance.
public struct PairedComparison: Sendable, Hashable, Codable {
  /// The number of pairs compared.
  public let pairs: Int
  /// Accuracy of the first minus that of the second, in −1 ... 1; 0 without pairs.
  public let difference: Double
  /// The 95 % interval of the difference, by resampling prompts (percentiles of 2,000 resamples); nil without pairs.
  public let interval: ClosedRange<Double>?
  /// The number of pairs that only the first orders right.
  public let onlyFirst: Int
  /// The number of pairs that only the second orders right.
  public let onlySecond: Int
  /// The probability of so uneven a split of those pairs if neither is better (McNemar's exact test, two-sided).
  ///
  /// It takes pairs for independent; the interval does not.
  public let pValue: Double

  /// - Parameters:
  ///   - first: What each pair is worth to the first: 1 right, 0 wrong, 0.5 equal rewards.
  ///   - second: The same of the second, pair by pair.
  ///   - groups: The prompt of each pair, numbered as one likes; pairs of one prompt are drawn together.
  public init(first: [Double], second: [Double], groups: [Int]) {
    precondition(
      first.count == second.count && first.count == groups.count,
      "PairedComparison: \(first.count), \(second.count) and \(groups.count) values")
    pairs = first.count
    onlyFirst = zip(first, second).count { $0 > $1 }
    onlySecond = zip(first, second).count { $0 < $1 }
    difference = pairs == 0 ? 0 : zip(first, second).reduce(0) { $0 + $1.0 - $1.1 } / Double(pairs)
    interval = Bootstrap.meanInterval(of: zip(first, second).map { $0 - $1 }, clusters: groups)
    pValue = BinomialTest.pValue(successes: onlyFirst, trials: onlyFirst + onlySecond)
  }
}
