/// An estimate of how far a judge may be trusted, from nothing but its own verdicts in both orders.
///
/// The model: the judge names the better response with probability s1 if it is shown first and s2 if it is shown second,
/// independently in both orders. Then, with f the share of "first" among its verdicts and c the share of comparisons in
/// which both verdicts agree,
///
///     s1 - s2 = 2f - 1 = d,   c = s1 s2 + (1 - s1)(1 - s2),   m = (s1 + s2) / 2 = (1 + sqrt(2c - 1 + d²)) / 2,
///
/// and a consistent verdict is right with probability s1 s2 / c = (m² - d²/4) / c. The sign of the root says that the
/// judge is better than chance, which no statistic of its own can show.
///
/// The estimate is optimistic: real errors are not independent. Where all judges err alike, or items differ in how
/// hard they are, both orders fail together and look consistent. Measure agreement with people where you can.
@_spi(Command) public struct JudgeReliability: Sendable, Hashable, Codable {
  /// Comparisons in which both verdicts choose the same response.
  public let consistent: Int
  /// Comparisons in which both verdicts choose the response shown first.
  public let bothFirst: Int
  /// Comparisons in which both verdicts choose the response shown second.
  public let bothSecond: Int

  /// The number of comparisons below which there is no estimate: the standard error of c is then up to 0.09.
  public static let leastComparisons = 30

  /// The reliability behind these counts; nil below `leastComparisons`.
  ///
  /// Ties and unparsable verdicts are not counted.
  public init?(consistent: Int, bothFirst: Int, bothSecond: Int) {
    precondition(
      consistent >= 0 && bothFirst >= 0 && bothSecond >= 0,
      "JudgeReliability: counts \(consistent), \(bothFirst), \(bothSecond)")
    guard consistent + bothFirst + bothSecond >= Self.leastComparisons else { return nil }
    self.consistent = consistent
    self.bothFirst = bothFirst
    self.bothSecond = bothSecond
  }

  /// The reliability of the judge that gave these judgements; nil if too few have a choice in both orders.
  public init?(_ judgements: some Sequence<Judgement>) {
    var consistent = 0
    var bothFirst = 0
    var bothSecond = 0
    for judgement in judgements {
      switch (judgement.forward.verdict, judgement.reversed.verdict) {
      case (.first, .second), (.second, .first): consistent += 1
      case (.first, .first): bothFirst += 1
      case (.second, .second): bothSecond += 1
      default: break
      }
    }
    self.init(consistent: consistent, bothFirst: bothFirst, bothSecond: bothSecond)
  }

  // One consistent and one inconsistent comparison, the latter half first and half second, are added to the counts: a
  // judge that never erred yet is not taken for one that never errs.

  private var count: Double { Double(consistent + bothFirst + bothSecond + 2) }

  /// The smoothed share of comparisons in which both verdicts agree.
  public var consistency: Double { Double(consistent + 1) / count }

  /// The smoothed share of verdicts for the response shown first; 0.5 is a judge without a preference for a position.
  public var firstShare: Double { (1 + positionBias) / 2 }

  /// The amount by which a judge is likelier to name the better response if it is shown first.
  public var positionBias: Double { Double(bothFirst - bothSecond) / count }

  /// The probability that one verdict is right, both orders averaged.
  public var verdictAccuracy: Double {
    let bias = positionBias
    let accuracy = (1 + max(0, 2 * consistency - 1 + bias * bias).squareRoot()) / 2
    // Neither order's probability can exceed 1.
    return min(accuracy, 1 - abs(bias) / 2)
  }

  /// The probability that a consistent verdict is right: 0.5 to 1.
  public var consistentAccuracy: Double {
    let accuracy = verdictAccuracy
    let bias = positionBias
    return min(max((accuracy * accuracy - bias * bias / 4) / consistency, 0.5), 1)
  }
}
