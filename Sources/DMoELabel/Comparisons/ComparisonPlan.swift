public import DMoEData

/// A list of the comparisons that a set of samples asks for: every two responses at every capability point of their
/// category.
///
/// ```swift
/// let plan = try ComparisonPlan(samples: samples, taxonomy: .paper, points: ["empathy"], overall: true)
/// print(plan.pairCount)
/// ```
public struct ComparisonPlan: Sendable, Equatable {
  /// The comparisons, in the order of the samples and, within one, of the taxonomy's points; overall comes first.
  @_spi(Command) public private(set) var comparisons: [Comparison] = []
  /// The number of different pairs of responses.
  public private(set) var pairCount = 0
  /// The number of pairs that are compared at one point at least.
  public var comparedPairCount: Int { Set(comparisons.map { PairIdentity($0.pair) }).count }
  /// The number of pairs without a category, so that no capability point could be asked.
  public private(set) var uncategorizedCount = 0
  /// The number of pairs of a category without any of the points asked for.
  public private(set) var pointlessCount = 0

  /// Plans the comparisons of samples.
  ///
  /// Samples of one conversation, category and pair of responses are one pair, whatever capability point their ranks
  /// speak of and whichever response comes first: nothing is asked twice. Two equal responses are not compared.
  ///
  /// - Parameters:
  ///   - samples: the samples whose responses are compared.
  ///   - taxonomy: the categories with their capability points.
  ///   - points: the capability points, by identifier or name; nil is every point of the sample's category.
  ///   - overall: whether the overall quality is asked for, too; the only question for samples without a category.
  /// - Throws: `DataError.unknownCapability` for a name that no category of the taxonomy has; what making a sample of
  ///   two responses throws.
  public init(
    samples: [RankedResponses], taxonomy: Taxonomy, points: [String]? = nil, overall: Bool = false
  ) throws(DataError) {
    let asked = try taxonomy.points(points)
    var places: [PairIdentity: Int] = [:]
    var pairs: [PairRanks] = []
    for sample in samples {
      for pair in try sample.twos() {
        let identity = PairIdentity(pair)
        if let place = places[identity] {
          pairs[place].add(pair)
        } else {
          places[identity] = pairs.count
          pairs.append(PairRanks(pair))
        }
      }
    }
    pairCount = pairs.count
    for pair in pairs {
      let wanted = pair.first.category.flatMap { asked[$0] } ?? []
      if pair.first.category == nil {
        uncategorizedCount += 1
      } else if wanted.isEmpty {
        pointlessCount += 1
      }
      for point in (overall ? [nil] : []) + wanted { comparisons.append(try pair.comparison(point)) }
    }
  }

  /// The comparisons of so many pairs, taken from the categories in turn; their order stays.
  public func keeping(pairs count: Int) -> ComparisonPlan {
    precondition(count >= 0, "ComparisonPlan.keeping: \(count) pairs")
    var waiting: [[PairIdentity]] = []
    var places: [String?: Int] = [:]
    var known: Set<PairIdentity> = []
    for comparison in comparisons {
      let pair = PairIdentity(comparison.pair)
      guard known.insert(pair).inserted else { continue }
      let place = places[comparison.category] ?? waiting.count
      if place == waiting.count {
        places[comparison.category] = place
        waiting.append([])
      }
      waiting[place].append(pair)
    }
    var kept: Set<PairIdentity> = []
    var turn = 0
    while kept.count < min(count, known.count) {
      for place in waiting.indices where turn < waiting[place].count && kept.count < count {
        kept.insert(waiting[place][turn])
      }
      turn += 1
    }
    var plan = self
    plan.comparisons = comparisons.filter { kept.contains(PairIdentity($0.pair)) }
    return plan
  }
}

extension Taxonomy {
  /// The points of these names by category; all of them for nil.
  fileprivate func points(_ names: [String]?) throws(DataError) -> [String: [CapabilityPoint?]] {
    if let names {
      for name in names where categories.allSatisfy({ $0.point(named: name) == nil }) {
        throw .unknownCapability(name, category: nil)
      }
    }
    var result: [String: [CapabilityPoint?]] = [:]
    for category in categories {
      let wanted = names.map { $0.compactMap { category.point(named: $0)?.id } }
      result[category.id] = category.points.filter { wanted?.contains($0.id) ?? true }
    }
    return result
  }
}

extension RankedResponses {
  /// Every two different responses as a sample of their own.
  fileprivate func twos() throws(DataError) -> [RankedResponses] {
    if responses.count == 2 { return responses[0] == responses[1] ? [] : [self] }
    var result: [RankedResponses] = []
    for i in responses.indices {
      for j in responses.indices.dropFirst(i + 1) where responses[i] != responses[j] {
        result.append(
          try RankedResponses(
            id: "\(id)/\(i)-\(j)", source: source, language: language, conversation: conversation,
            responses: [responses[i], responses[j]], ranks: [ranks[i], ranks[j]], category: category,
            capability: capability, weight: weight, annotator: annotator))
      }
    }
    return result
  }

  /// The ranks as those of the same responses in this order.
  fileprivate func ranks(for responses: [String]) -> [Int] { self.responses == responses ? ranks : ranks.reversed() }
}

/// What makes two samples the same pair.
private struct PairIdentity: Hashable {
  let conversation: Conversation
  let category: String?
  let lesser: String
  let greater: String

  init(_ pair: RankedResponses) {
    conversation = pair.conversation
    category = pair.category
    lesser = min(pair.responses[0], pair.responses[1])
    greater = max(pair.responses[0], pair.responses[1])
  }
}

/// A pair with all that is said of it.
private struct PairRanks {
  let first: RankedResponses
  private var overall: [Int]?
  private var own: [String: [Int]] = [:]

  init(_ pair: RankedResponses) {
    first = pair
    add(pair)
  }

  /// The first opinion on a matter counts; a weight of 0 is none.
  mutating func add(_ pair: RankedResponses) {
    guard pair.weight > 0 else { return }
    let ranks = pair.ranks(for: first.responses)
    if let capability = pair.capability {
      if own[capability] == nil { own[capability] = ranks }
    } else if overall == nil {
      overall = ranks
    }
  }

  func comparison(_ point: CapabilityPoint?) throws(DataError) -> Comparison {
    let ownRanks = point.map { own[$0.id] } ?? overall
    let ranks = ownRanks ?? overall
    let pair = try RankedResponses(
      id: first.id, source: first.source, language: first.language, conversation: first.conversation,
      responses: first.responses, ranks: ranks ?? [1, 1], category: first.category, capability: point?.id,
      weight: ranks == nil ? 0 : 1, annotator: first.annotator)
    return try Comparison(pair, point: point, hasOwnRanks: ownRanks != nil)
  }
}

@_spi(Command) extension Comparison {
  /// The preference of people between the two responses: of the point itself where they did, otherwise overall.
  public var human: ComparisonRecord.HumanPreference? {
    guard pair.weight > 0 else { return nil }
    return pair.pairs.first.map { .chosen($0.chosen) } ?? .tie
  }
}
