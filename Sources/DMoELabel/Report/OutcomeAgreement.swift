public import DMoEData

/// The agreement of two opinions on the same comparisons, each a choice between the two responses or a tie.
///
/// Which response has index 0 is arbitrary, and in many files the chosen one always comes first: one opinion would then
/// be a constant, and kappa zero whatever the other says. So every comparison counts in both orders, and only five
/// numbers matter, none of which knows an index.
@_spi(Command) public struct OutcomeAgreement: Sendable, Hashable, Codable {
  /// Both choose the same response.
  public private(set) var same = 0
  /// They choose opposite responses.
  public private(set) var opposite = 0
  /// The first opinion chooses and the second is a tie.
  public private(set) var onlyFirstChooses = 0
  /// The second opinion chooses and the first is a tie.
  public private(set) var onlySecondChooses = 0
  /// Both are ties.
  public private(set) var bothTie = 0

  /// No comparison.
  public init() {}

  /// Takes in one comparison.
  ///
  /// - Parameters:
  ///   - first: The index of the response that the first opinion chooses; nil is a tie.
  ///   - second: Likewise.
  public mutating func add(_ first: Int?, _ second: Int?) {
    switch (first, second) {
    case (nil, nil): bothTie += 1
    case (nil, _): onlySecondChooses += 1
    case (_, nil): onlyFirstChooses += 1
    default:
      if first == second { same += 1 } else { opposite += 1 }
    }
  }

  /// All comparisons.
  public var comparisons: Int { same + opposite + onlyFirstChooses + onlySecondChooses + bothTie }

  /// The share in which both choose the same response, of those in which both choose.
  public var rate: Proportion { Proportion(successes: Double(same), total: same + opposite) }

  /// Cohen's kappa over three outcomes: response 0, response 1, tie.
  ///
  /// The table holds every comparison once in each order, half a case each; the standard error takes the comparisons,
  /// not the orders, for independent. (The influence of a case on kappa is the same in both orders, so the formula for
  /// plain tables holds with the number of comparisons.) Without ties it is `2 · rate − 1`.
  public var kappa: CohensKappa {
    let half = (
      same: Double(same) / 2, opposite: Double(opposite) / 2, first: Double(onlyFirstChooses) / 2,
      second: Double(onlySecondChooses) / 2
    )
    return CohensKappa(
      table: [
        [half.same, half.opposite, half.first],
        [half.opposite, half.same, half.first],
        [half.second, half.second, Double(bothTie)],
      ], cases: comparisons)
  }

  private enum CodingKeys: String, CodingKey {
    case same, opposite, onlyFirstChooses, onlySecondChooses, bothTie, rate, kappa
  }

  /// Reads the five counts.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    same = try container.decode(Int.self, forKey: .same)
    opposite = try container.decode(Int.self, forKey: .opposite)
    onlyFirstChooses = try container.decode(Int.self, forKey: .onlyFirstChooses)
    onlySecondChooses = try container.decode(Int.self, forKey: .onlySecondChooses)
    bothTie = try container.decode(Int.self, forKey: .bothTie)
    guard [same, opposite, onlyFirstChooses, onlySecondChooses, bothTie].areCounts else {
      throw DecodingError.dataCorruptedError(forKey: .same, in: container, debugDescription: "no counts")
    }
  }

  /// Writes also the rate and kappa, for readers that are not Swift.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(same, forKey: .same)
    try container.encode(opposite, forKey: .opposite)
    try container.encode(onlyFirstChooses, forKey: .onlyFirstChooses)
    try container.encode(onlySecondChooses, forKey: .onlySecondChooses)
    try container.encode(bothTie, forKey: .bothTie)
    try container.encode(rate, forKey: .rate)
    try container.encode(kappa, forKey: .kappa)
  }
}
