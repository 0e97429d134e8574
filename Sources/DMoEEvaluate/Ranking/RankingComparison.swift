public import DMoEData

/// Two models on the same pairs of overall preferences, as a whole and by category, source, language and length.
///
/// ```swift
/// let comparison = try RankingComparison(
///   samples: heldOut, first: first.rewardLines(of: heldOut), second: second.rewardLines(of: heldOut))
/// print(comparison.textTable())
/// ```
public struct RankingComparison: Sendable, Hashable, Codable {
  /// One part of the pairs.
  public struct Slice: Sendable, Hashable, Codable {
    /// The name of the part.
    public let name: String
    /// The share of its pairs that the first orders right; equal rewards count one half.
    public let first: Proportion
    /// The same of the second.
    public let second: Proportion
    /// First less second, with an interval by prompts.
    public let comparison: PairedComparison
  }

  /// All pairs of overall preferences that both read.
  public let overall: Slice
  /// By task category; like all slices without those that have no pair.
  public let categories: [Slice]
  /// By data set.
  public let sources: [Slice]
  /// By language.
  public let languages: [Slice]
  /// By the length of what is read, in characters.
  public let lengths: [Slice]
  /// Samples left out because they are longer than one of the two reads.
  public let overLengthSamples: Int

  /// Compares two models' rewards.
  ///
  /// - Parameters:
  ///   - samples: The samples whose order is known; those that rank by a capability point are passed over.
  ///   - first: The lines of the first model, one a sample.
  ///   - second: Those of the second.
  /// - Throws: `EvaluationError.invalidRewards` for other shapes.
  public init(samples: [RankedResponses], first: [RewardLine], second: [RewardLine]) throws {
    guard first.count == samples.count, second.count == samples.count else {
      throw EvaluationError.invalidRewards(
        reason: "\(first.count) and \(second.count) lines for \(samples.count) samples")
    }
    var pairs: [RankingTally.Grouping?: [String: PairedCredits]] = [:]
    var prompts: [Conversation: Int] = [:]
    var left = 0
    for (sample, lines) in zip(samples, zip(first, second)) where sample.capability == nil {
      guard let one = lines.0.rewards, let two = lines.1.rewards else {
        left += 1
        continue
      }
      guard one.count == sample.responses.count, two.count == sample.responses.count else {
        throw EvaluationError.invalidRewards(reason: "\(sample.id) has \(sample.responses.count) responses")
      }
      let prompt = prompts[sample.conversation] ?? prompts.count
      prompts[sample.conversation] = prompt
      let before = sample.conversation.turns.reduce(0) { $0 + $1.content.count }
      let lengths = sample.responses.map(\.count)
      for pair in sample.pairs {
        let credits = [one, two].map { ScoredPair.credit(Double($0[pair.chosen]) - Double($0[pair.rejected])) }
        let length = TextLength(of: before + max(lengths[pair.chosen], lengths[pair.rejected]))
        let names: [(RankingTally.Grouping?, String?)] = [
          (nil, "overall"), (.category, sample.category ?? lines.0.judge), (.source, sample.source),
          (.language, sample.language), (.length, length.name),
        ]
        for case (let grouping, let name?) in names {
          pairs[grouping, default: [:]][name, default: PairedCredits()].add(credits[0], credits[1], prompt)
        }
      }
    }
    func slices(_ grouping: RankingTally.Grouping) -> [Slice] {
      let own = pairs[grouping] ?? [:]
      let names = grouping == .length ? TextLength.allCases.map(\.name) : own.keys.sorted()
      return names.compactMap { name in own[name]?.slice(name) }
    }
    overall = (pairs[nil]?["overall"] ?? PairedCredits()).slice("overall")
    categories = slices(.category)
    sources = slices(.source)
    languages = slices(.language)
    self.lengths = slices(.length)
    overLengthSamples = left
  }

  /// Slices with a title for each kind, in the order of tables; kinds without a difference are left out.
  package var groups: [(title: String, slices: [Slice])] {
    [("category", categories), ("source", sources), ("language", languages), ("characters", lengths)].filter {
      $0.slices.count > 1 || $0.title == "category"
    }
  }
}

/// What the pairs of a slice are worth to two models.
private struct PairedCredits {
  private var first: [Double] = []
  private var second: [Double] = []
  private var prompts: [Int] = []

  mutating func add(_ first: Double, _ second: Double, _ prompt: Int) {
    self.first.append(first)
    self.second.append(second)
    prompts.append(prompt)
  }

  func slice(_ name: String) -> RankingComparison.Slice {
    func share(_ credits: [Double]) -> Proportion {
      var share = GroupedShare()
      for (credit, prompt) in zip(credits, prompts) { share.add(credit, group: prompt) }
      return share.proportion
    }
    return RankingComparison.Slice(
      name: name, first: share(first), second: share(second),
      comparison: PairedComparison(first: first, second: second, groups: prompts))
  }
}
