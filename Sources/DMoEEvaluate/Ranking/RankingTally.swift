import DMoEData
import DMoEFoundation

/// What the samples of an evaluation add up to.
struct RankingTally {
  /// What samples are grouped by.
  enum Grouping: CaseIterable { case category, source, language, length, capability }

  /// A response with what it answers.
  private struct Text: Hashable {
    var conversation: Conversation
    var response: String
  }

  /// All pairs of overall preferences.
  private(set) var overall: SliceTally
  /// Those pairs.
  private(set) var pairs: [ScoredPair] = []
  /// Of the responses of overall preferences, each text once.
  private(set) var textRewards: [Double] = []
  private(set) var textLengths: [Int] = []
  private var groups: [Grouping: [String: SliceTally]] = [:]
  private var seen = Set<Text>()
  private var prompts: [Conversation: Int] = [:]
  private let empty: SliceTally

  /// - Parameter temperature: What differences are divided by for losses.
  init(temperature: Double) {
    empty = SliceTally(temperature: temperature)
    overall = empty
  }

  /// The slices of a grouping, in the order of their names.
  func slices(_ grouping: Grouping) -> [RankingSlice] {
    let own = groups[grouping] ?? [:]
    // Lengths have an order of their own.
    if grouping == .length { return TextLength.allCases.compactMap { own[$0.name]?.slice($0.name) } }
    return own.sorted { $0.key < $1.key }.map { $1.slice($0) }
  }

  /// Counts a sample's pairs and texts.
  ///
  /// - Parameters:
  ///   - others: What the experts of the category's other points say.
  ///   - category: The one that it is counted under.
  mutating func add(
    _ sample: RankedResponses, rewards: [Float], expertRewards: [Float]?, others: [[Float]], category: String?
  ) {
    let lengths = sample.responses.map(\.count)
    let prompt = prompts[sample.conversation] ?? prompts.count
    prompts[sample.conversation] = prompt
    let before = sample.conversation.turns.reduce(0) { $0 + $1.content.count }
    for pair in sample.pairs {
      var scored = ScoredPair(
        difference: Double(rewards[pair.chosen]) - Double(rewards[pair.rejected]),
        expertDifference: expertRewards.map { Double($0[pair.chosen]) - Double($0[pair.rejected]) },
        lengths: (lengths[pair.chosen], lengths[pair.rejected]),
        textLength: before + max(lengths[pair.chosen], lengths[pair.rejected]), prompt: prompt)
      if let point = sample.capability {
        scored.othersCredit = others.map { ScoredPair.credit(Double($0[pair.chosen]) - Double($0[pair.rejected])) }.mean
        add(scored, to: .capability, category.map { "\($0)/\(point)" } ?? point)
        continue
      }
      overall.add(scored)
      pairs.append(scored)
      add(scored, to: .category, category)
      add(scored, to: .source, sample.source)
      add(scored, to: .language, sample.language)
      add(scored, to: .length, TextLength(of: scored.textLength).name)
    }
    guard sample.capability == nil else { return }
    for (place, response) in sample.responses.enumerated()
    where seen.insert(Text(conversation: sample.conversation, response: response)).inserted {
      textRewards.append(Double(rewards[place]))
      textLengths.append(lengths[place])
    }
  }

  private mutating func add(_ pair: ScoredPair, to grouping: Grouping, _ name: String?) {
    guard let name else { return }
    groups[grouping, default: [:]][name, default: empty].add(pair)
  }
}
