/// The dependence of a judge's verdicts on which response it sees first.
///
/// Only judgements that choose a response in both orders count. A judge without a preference for a position then says
/// "first" as often as "second", however good or bad it is.
@_spi(Command) public struct PositionBias: Sendable, Hashable, Codable {
  /// Judgements whose two verdicts choose the same response: one is for the first shown, the other for the second.
  public internal(set) var consistent = 0
  /// Judgements whose two verdicts both choose the response shown first.
  public internal(set) var bothFirst = 0
  /// Judgements whose two verdicts both choose the response shown second.
  public internal(set) var bothSecond = 0

  /// No judgement.
  public init() {}

  /// All judgements that choose a response in both orders.
  public var judgements: Int { consistent + bothFirst + bothSecond }

  /// The share of verdicts for the response shown first: 0.5 is no bias; nil without judgements.
  public var firstShare: Double? {
    judgements > 0 ? (Double(bothFirst) + Double(consistent) / 2) / Double(judgements) : nil
  }

  /// The share of verdicts for the response shown second: what `firstShare` leaves.
  public var secondShare: Double? { firstShare.map { 1 - $0 } }

  /// The 95 % interval of `firstShare`; everything is possible without judgements.
  ///
  /// The two verdicts of a judgement are not independent, so this is no interval of a plain share:
  /// `2 · firstShare − 1` is a difference of paired proportions, `(bothFirst − bothSecond) / n`. Source: Bonett and Price, 2012, "Adjusted Wald
  /// confidence interval for a difference of binomial proportions based on paired data", Journal of Educational and
  /// Behavioral Statistics 37: with `a = (bothFirst + 1) / (n + 2)` and `b = (bothSecond + 1) / (n + 2)` it is
  /// `a − b ± 1.96 √((a + b − (a − b)²) / (n + 2))`.
  public var interval: ClosedRange<Double> {
    guard let firstShare else { return 0...1 }
    let n = Double(judgements + 2)
    let first = Double(bothFirst + 1) / n
    let second = Double(bothSecond + 1) / n
    let difference = first - second
    let half = 1.959963984540054 * ((first + second - difference * difference) / n).squareRoot()
    let lower = max(0, (1 + difference - half) / 2)
    let upper = min(1, (1 + difference + half) / 2)
    return min(lower, firstShare)...max(upper, firstShare)
  }

  /// Reads the three counts.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    consistent = try container.decode(Int.self, forKey: .consistent)
    bothFirst = try container.decode(Int.self, forKey: .bothFirst)
    bothSecond = try container.decode(Int.self, forKey: .bothSecond)
    guard [consistent, bothFirst, bothSecond].areCounts else {
      throw DecodingError.dataCorruptedError(forKey: .consistent, in: container, debugDescription: "no counts")
    }
  }

  mutating func add(_ judgement: Judgement) {
    switch (judgement.forward.verdict, judgement.reversed.verdict) {
    case (.first, .second), (.second, .first): consistent += 1
    case (.first, .first): bothFirst += 1
    case (.second, .second): bothSecond += 1
    default: break
    }
  }
}
