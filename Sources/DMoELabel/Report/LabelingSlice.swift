public import DMoEData

/// The results of one part of the comparisons, and how good its verdicts are.
@_spi(Command) public struct LabelingSlice: Sendable, Hashable, Codable {
  /// The task category, if the slice is of one.
  public let category: String?
  /// The capability point, if the slice is of one.
  public let capability: String?
  /// The data set, if the slice is of one.
  public let source: String?

  /// All comparisons: the sum of the six counts below.
  public internal(set) var comparisons = 0
  /// Those whose outcome is consistent: they become labels.
  public internal(set) var kept = 0
  /// Those that see no difference in both orders.
  public internal(set) var tie = 0
  /// Those whose verdicts disagree between the orders, or whose judges disagree.
  public internal(set) var inconsistent = 0
  /// Those without a verdict in at least one order, by the first problem found.
  public internal(set) var unparsable: [ReplyProblem: Int] = [:]
  /// Those of which a request failed for good, by the first failure's kind.
  public internal(set) var failed: [String: Int] = [:]
  /// Those not asked, or not in both orders.
  public internal(set) var open = 0

  /// The share of comparisons in which a judge says the same in both orders.
  ///
  /// Of judgements with a readable verdict in both orders (first, second or tie), the share whose two verdicts mean the
  /// same: the same response, or a tie both times. With several judges each judgement counts.
  public internal(set) var selfConsistency = Proportion(successes: 0, total: 0)
  /// Over all judgements of the slice; with several judges each counts.
  public internal(set) var position = PositionBias()
  /// The agreement of the outcome with people, where they have an opinion; inconsistent and unparsable outcomes are
  /// left out.
  public internal(set) var human = OutcomeAgreement()

  init(category: String? = nil, capability: String? = nil, source: String? = nil) {
    self.category = category
    self.capability = capability
    self.source = source
  }

  /// All unparsable comparisons.
  public var unparsableCount: Int { unparsable.values.reduce(0, +) }
  /// All failed comparisons.
  public var failedCount: Int { failed.values.reduce(0, +) }
  /// Comparisons that have an outcome, unparsable ones included.
  public var judged: Int { kept + tie + inconsistent + unparsableCount }
  /// The share of comparisons that become labels, of those that have an outcome.
  public var keptShare: Proportion { Proportion(successes: Double(kept), total: judged) }
}

@_spi(Command) extension LabelingSlice {
  private enum CodingKeys: String, CodingKey {
    case category, capability, source, comparisons, kept, tie, inconsistent, unparsable, failed, open
    case selfConsistency, position, human
  }

  /// Reads what `encode(to:)` writes.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    category = try container.decodeIfPresent(String.self, forKey: .category)
    capability = try container.decodeIfPresent(String.self, forKey: .capability)
    source = try container.decodeIfPresent(String.self, forKey: .source)
    comparisons = try container.decode(Int.self, forKey: .comparisons)
    kept = try container.decode(Int.self, forKey: .kept)
    tie = try container.decode(Int.self, forKey: .tie)
    inconsistent = try container.decode(Int.self, forKey: .inconsistent)
    for (name, count) in try container.decode([String: Int].self, forKey: .unparsable) {
      guard let problem = ReplyProblem(rawValue: name) else {
        throw DecodingError.dataCorruptedError(
          forKey: .unparsable, in: container, debugDescription: "an unknown problem")
      }
      unparsable[problem] = count
    }
    failed = try container.decode([String: Int].self, forKey: .failed)
    open = try container.decode(Int.self, forKey: .open)
    selfConsistency = try container.decode(Proportion.self, forKey: .selfConsistency)
    position = try container.decode(PositionBias.self, forKey: .position)
    human = try container.decode(OutcomeAgreement.self, forKey: .human)
    let counts = [kept, tie, inconsistent, open] + unparsable.values + failed.values
    guard counts.areCounts, counts.reduce(0, +) == comparisons else {
      throw DecodingError.dataCorruptedError(
        forKey: .comparisons, in: container, debugDescription: "\(comparisons) is not the sum of the counts")
    }
  }

  /// Writes the causes of unparsable comparisons as an object keyed by their names.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(category, forKey: .category)
    try container.encodeIfPresent(capability, forKey: .capability)
    try container.encodeIfPresent(source, forKey: .source)
    try container.encode(comparisons, forKey: .comparisons)
    try container.encode(kept, forKey: .kept)
    try container.encode(tie, forKey: .tie)
    try container.encode(inconsistent, forKey: .inconsistent)
    try container.encode(
      Dictionary(uniqueKeysWithValues: unparsable.map { ($0.key.rawValue, $0.value) }), forKey: .unparsable)
    try container.encode(failed, forKey: .failed)
    try container.encode(open, forKey: .open)
    try container.encode(selfConsistency, forKey: .selfConsistency)
    try container.encode(position, forKey: .position)
    try container.encode(human, forKey: .human)
  }
}
