/// A share of cases that went right, with how sure one may be of it.
public struct Proportion: Sendable, Hashable {
  /// Cases that went right; a tie counts one half.
  public let successes: Double
  /// All cases.
  public let total: Int
  /// How many independent cases they are worth; `total`, unless cases come in groups that go right or wrong together.
  public let independent: Double

  /// - Parameters:
  ///   - successes: At least 0 and at most `total`.
  ///   - total: All cases.
  ///   - independent: How many independent cases they are worth, above 0 where there are any; nil for `total`.
  public init(successes: Double, total: Int, independent: Double? = nil) {
    precondition(
      total >= 0 && successes >= 0 && successes <= Double(total), "Proportion: \(successes) of \(total)")
    self.successes = successes
    self.total = total
    self.independent = independent ?? Double(total)
  }

  /// The share, in 0 ... 1; nil without cases.
  public var value: Double? { total > 0 ? successes / Double(total) : nil }

  /// The 95 % Wilson score interval of so many independent cases, in 0 ... 1; everything is possible without cases.
  ///
  /// Source: Wilson, 1927, "Probable inference", JASA 22; `(p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)`. With n the
  /// number of independent cases it is that of Dean and Pagano, 2015, "Evaluating confidence interval methods for binomial
  /// proportions in clustered surveys", Journal of Survey Statistics and Methodology 3.
  public var interval: ClosedRange<Double> {
    guard let p = value, independent > 0 else { return 0...1 }
    return Self.interval(p, of: independent)
  }

  /// The same interval of a share that is no count.
  ///
  /// - Parameters:
  ///   - p: The share, in 0 ... 1.
  ///   - n: The number of independent cases, above 0.
  package static func interval(_ p: Double, of n: Double) -> ClosedRange<Double> {
    // The 97.5 % point of the normal distribution.
    let z = 1.959963984540054
    let scale = 1 / (1 + z * z / n)
    let center = (p + z * z / (2 * n)) * scale
    let half = z * scale * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    // Rounding must not push an end outside.
    let lower = p == 0 ? 0 : max(0, center - half)
    return lower...(p == 1 ? 1 : min(1, center + half))
  }
}

extension Proportion: Codable {
  private enum CodingKeys: String, CodingKey { case successes, total, independent, value, lower, upper }

  /// Reads `successes`, `total` and, where cases come in groups, `independent`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let successes = try container.decode(Double.self, forKey: .successes)
    let total = try container.decode(Int.self, forKey: .total)
    let independent = try container.decodeIfPresent(Double.self, forKey: .independent)
    guard total >= 0, successes >= 0, successes <= Double(total), independent.map({ $0 >= 0 }) ?? true else {
      throw DecodingError.dataCorruptedError(
        forKey: .successes, in: container, debugDescription: "\(successes) of \(total) is no proportion")
    }
    self.init(successes: successes, total: total, independent: independent)
  }

  /// Writes also `value` (null without cases) and the ends of the interval, for readers that are not Swift.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(successes, forKey: .successes)
    try container.encode(total, forKey: .total)
    if independent != Double(total) { try container.encode(independent, forKey: .independent) }
    try container.encode(value, forKey: .value)
    try container.encode(interval.lowerBound, forKey: .lower)
    try container.encode(interval.upperBound, forKey: .upper)
  }
}
