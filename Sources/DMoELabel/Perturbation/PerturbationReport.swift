public import DMoEData
import DMoEFoundation
public import Foundation

/// The counts of a labeling by perturbation: what every rule could be applied to, and what it did to the length.
public struct PerturbationReport: Sendable, Hashable, Codable {
  /// The counts of one rule.
  public struct Rule: Sendable, Hashable, Codable {
    /// The rule's name.
    public let name: String
    /// What the rule does, in one sentence.
    public let summary: String
    /// The capability points that labels are of, with their number.
    public internal(set) var labels: [String: Int] = [:]
    /// The responses that were damaged.
    public internal(set) var applied = 0
    /// The responses that the rule does not apply to, by reason (`PerturbationObstacle`).
    public internal(set) var notApplicable: [String: Int] = [:]
    /// The responses whose category has none of the rule's points.
    public internal(set) var withoutPoint = 0
    /// The responses that enough other rules were applied to.
    public internal(set) var notTried = 0
    /// The characters of the damaged responses before and after, all together.
    public internal(set) var charactersBefore = 0
    /// The characters of the damaged responses after the damage, all together.
    public internal(set) var charactersAfter = 0
    /// How often the response that was taken for good is best at the label's point by rankings that the rows have of
    /// it.
    public internal(set) var agreement = Proportion(successes: 0, total: 0)
  }

  /// The rules, in their order.
  public private(set) var rules: [Rule]
  /// All rows.
  public let rows: Int
  /// The rows of which no response is the best: ties, and rows of weight 0.
  public let undecided: Int
  /// The rows whose category is not known, so that no rule has a point.
  public let uncategorized: Int
  /// The rows whose good response was there before.
  public let repeated: Int
  /// The responses by language; "other" is one that no rule knows.
  public private(set) var languages: [String: Int] = [:]
  /// The different responses that rules were tried on.
  public var responses: Int { languages.values.reduce(0, +) }
  /// The responses with their damaged selves.
  public var pairs: Int { rules.reduce(0) { $0 + $1.applied } }
  /// The labels: one for every pair and point.
  public var labels: Int { rules.reduce(0) { $0 + $1.labels.values.reduce(0, +) } }

  init(
    rules: [(name: String, summary: String)], rows: Int, undecided: Int, repeated: Int, uncategorized: Int
  ) {
    self.rules = rules.map { Rule(name: $0.name, summary: $0.summary) }
    self.rows = rows
    self.undecided = undecided
    self.repeated = repeated
    self.uncategorized = uncategorized
  }

  /// Counts what became of every rule on one response.
  mutating func add(_ trials: [PerturbationTrial], language: PerturbationLanguage?) {
    languages[language?.rawValue ?? "other", default: 0] += 1
    for (index, trial) in trials.enumerated() {
      switch trial {
      case .applied: break
      case .notApplicable(_, let obstacle): rules[index].notApplicable[obstacle.rawValue, default: 0] += 1
      case .noPoint: rules[index].withoutPoint += 1
      case .notTried: rules[index].notTried += 1
      }
    }
  }

  /// Counts a pair.
  mutating func add(_ pair: PerturbedPair, agreement: Proportion) {
    guard let index = rules.firstIndex(where: { $0.name == pair.rule }) else { return }
    rules[index].applied += 1
    for point in pair.points { rules[index].labels[point, default: 0] += 1 }
    rules[index].charactersBefore += pair.row.response.count
    rules[index].charactersAfter += pair.damaged.count
    let known = rules[index].agreement
    rules[index].agreement = Proportion(
      successes: known.successes + agreement.successes, total: known.total + agreement.total)
  }

  /// The report as JSON with sorted keys and a newline at its end.
  public func json() throws -> Data { try JSONEncoder.file(self) }
}
