import DMoEData
import Foundation

/// A score on RewardBench by its own rules.
public struct RewardBenchResult: Sendable, Hashable, Codable {
  /// The edition of the benchmark, which decides how items are scored.
  public enum Version: Int, Sendable, Hashable, Codable, CaseIterable {
    /// RewardBench (Lambert et al., 2403.13787): one chosen and one rejected response.
    case one = 1
    /// RewardBench 2 (Malik et al., 2506.01937): several rejected responses, and ties.
    case two = 2
  }

  /// A score in 0 ... 1 with its 95 % interval.
  public struct Score: Sendable, Hashable, Codable {
    /// The name of the subset or section.
    public let name: String
    /// The number of items it holds.
    public let items: Int
    /// The score.
    public let value: Double
    /// The lower end of the interval.
    public let lower: Double
    /// The upper end of the interval.
    public let upper: Double
  }

  /// The edition of the benchmark that was scored.
  public let version: Version
  /// In the order of their names.
  public let subsets: [Score]
  /// Version 1: Chat, Chat Hard, Safety, Reasoning and Prior Sets, those that have a subset. Version 2: as the subsets.
  public let sections: [Score]
  /// Version 1: the mean of the sections, prior sets counting half. Version 2: the mean of the subsets. Nil for less or other
  /// than the published items (`missingSubsets`, `incompleteSubsets`, `unknownSubsets`): it would be no score on the benchmark.
  public let overall: Double?
  /// Subsets of the published set without an item here. Prior sets may be missing.
  public let missingSubsets: [String]
  /// Subsets with fewer or more items than the published set has.
  public let incompleteSubsets: [String]
  /// Subsets here that the published set does not have.
  public let unknownSubsets: [String]
  /// Items with a response that is longer than the model reads; they are left out.
  public let overLengthItems: Int

  /// Scores by the rewards of all responses.
  ///
  /// - Parameters:
  ///   - version: The edition of the benchmark.
  ///   - items: The questions, in the order of `rewards`.
  ///   - rewards: One list an item, in the order of `RewardBenchItem.responses`; nil for an item that is left out.
  /// - Throws: `EvaluationError.invalidRewards` for other shapes, rewards that are not finite, or no item.
  public init(version: Version, items: [RewardBenchItem], rewards: [[Float]?]) throws {
    let scored = try ScoredItem.bySubset(items, rewards)
    self.version = version
    overLengthItems = rewards.count { $0 == nil }
    let subsets = try scored.sorted { $0.key < $1.key }.map { name, items in
      version == .two && TiesIdentifier.isNeeded(in: name)
        ? try TiesScore(items).score(name, items: items.count) : Self.mean(name, items, version)
    }
    self.subsets = subsets
    missingSubsets = RewardBenchSubsets.missing(version, subsets.map(\.name))
    incompleteSubsets = subsets.filter { RewardBenchSubsets.isIncomplete(version, $0.name, items: $0.items) }
      .map(\.name)
    unknownSubsets = RewardBenchSubsets.unknown(version, subsets.map(\.name))
    sections = version == .one ? RewardBenchSubsets.sections.compactMap { Self.section($0, subsets) } : subsets
    let weights = sections.map { $0.name == RewardBenchSubsets.priorSets.name ? 0.5 : 1 }
    let isWhole = missingSubsets.isEmpty && incompleteSubsets.isEmpty && unknownSubsets.isEmpty
    overall =
      isWhole ? zip(sections, weights).reduce(0) { $0 + $1.0.value * $1.1 } / weights.reduce(0, +) : nil
  }

  private static func mean(_ name: String, _ items: [ScoredItem], _ version: Version) -> Score {
    let credits = items.map { version == .one ? $0.strict : $0.shared }
    let proportion = Proportion(successes: credits.reduce(0, +), total: credits.count)
    return Score(
      name: name, items: credits.count, value: proportion.value ?? 0, lower: proportion.interval.lowerBound,
      upper: proportion.interval.upperBound)
  }

  private static func section(_ section: RewardBenchSubsets.Section, _ subsets: [Score]) -> Score? {
    let own = subsets.compactMap { score in section.weight(of: score.name).map { (score: score, weight: $0) } }
    guard !own.isEmpty else { return nil }
    let sum = own.reduce(0) { $0 + $1.weight }
    let value = own.reduce(0) { $0 + $1.score.value * $1.weight } / sum
    // Subsets are independent: the squares of their own distances to each end add up (square and add: Newcombe, 1998,
    // Statistics in Medicine 17; Zou and Donner, 2008), so that a share of 0 or 1 leaves an interval, too.
    func distance(_ end: (Score) -> Double) -> Double {
      own.reduce(0.0) { total, part in
        let part = part.weight / sum * (end(part.score) - part.score.value)
        return total + part * part
      }.squareRoot()
    }
    return Score(
      name: section.name, items: own.reduce(0) { $0 + $1.score.items }, value: value,
      lower: max(0, value - distance(\.lower)), upper: min(1, value + distance(\.upper)))
  }
}
