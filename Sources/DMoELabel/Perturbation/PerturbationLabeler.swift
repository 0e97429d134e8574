public import DMoEData
import DMoEFoundation

/// A labeler that needs no judge: it damages good responses by rules, and says which of the two is the damaged one.
///
/// ```swift
/// let labeler = try PerturbationLabeler(taxonomy: .paper, seed: 7)
/// let result = try await labeler.result(of: samples)
/// try PreferenceWriter.write(result.labels, to: URL(fileURLWithPath: "labels.jsonl"))
/// print(result.report.textTable())
/// ```
/// Everything is drawn by the seed, the row's texts and the rule: the same rows in another order, on other threads,
/// give the same labels.
public struct PerturbationLabeler: Sendable {
  /// The categories with the points that are labeled.
  public let taxonomy: Taxonomy
  /// The rules, in the order of the labels of a row.
  public let rules: [any PerturbationRule]
  /// The points of rules where they differ from the rules' own.
  public let points: PerturbationPoints
  /// How many rules are applied to one row at most, drawn for each row; nil is all that apply.
  public let rulesPerRow: Int?
  /// What every label counts for in the loss, times the row's own weight.
  public let weight: Float
  /// Draws all that is left to chance.
  public let seed: UInt64

  /// A labeler.
  ///
  /// - Parameters:
  ///   - taxonomy: the categories with their capability points.
  ///   - rules: the rules; those of the library if not given.
  ///   - points: the points of rules where they differ from the rules' own.
  ///   - rulesPerRow: how many rules are applied to one row at most, at least 1; nil is all that apply.
  ///   - weight: what every label counts for in the loss; human and other labels count 1.
  ///   - seed: draws all that is left to chance.
  /// - Throws: `PerturbationError`.
  public init(
    taxonomy: Taxonomy, rules: [any PerturbationRule] = PerturbationLabeler.allRules,
    points: PerturbationPoints = PerturbationPoints(), rulesPerRow: Int? = nil, weight: Float = 1, seed: UInt64 = 0
  ) throws(PerturbationError) {
    precondition(rulesPerRow.map { $0 >= 1 } ?? true, "PerturbationLabeler: \(rulesPerRow ?? 0) rules a row")
    guard weight.isFinite, weight > 0 else { throw .invalidWeight(weight) }
    var names: Set<String> = []
    if let twice = rules.first(where: { !names.insert($0.name).inserted }) { throw .duplicateRule(twice.name) }
    try points.check(taxonomy, known: (rules + Self.allRules).map(\.name))
    let isUsed = rules.contains { rule in
      taxonomy.categories.contains { category in
        points.points(of: rule).contains { category.point(named: $0) != nil }
      }
    }
    guard isUsed else { throw .noRuleApplies }
    self.taxonomy = taxonomy
    self.rules = rules
    self.points = points
    self.rulesPerRow = rulesPerRow
    self.weight = weight
    self.seed = seed
  }

  /// The capability points of a category that a rule's damage is to, in the taxonomy's order.
  public func points(of rule: any PerturbationRule, in category: TaskCategory) -> [CapabilityPoint] {
    let wanted = Set(points.points(of: rule).compactMap { category.point(named: $0)?.id })
    return category.points.filter { wanted.contains($0.id) }
  }
}

extension PerturbationLabeler {
  /// The rules of these names, in this order.
  ///
  /// - Throws: `PerturbationError.unknownRule` or `.duplicateRule`.
  public static func rules(named names: [String]) throws(PerturbationError) -> [any PerturbationRule] {
    var rules: [any PerturbationRule] = []
    for name in names {
      guard let rule = allRules.first(where: { $0.name == name }) else {
        throw .unknownRule(name, known: allRules.map(\.name))
      }
      guard !rules.contains(where: { $0.name == name }) else { throw .duplicateRule(name) }
      rules.append(rule)
    }
    return rules
  }
}
