@_spi(Command) public import DMoEData
public import Foundation

/// Which capability points each rule's damage is to, where that differs from what the rules themselves say.
///
/// ```json
/// {"numbers-changed": ["correctness", "groundedness"], "padding-added": []}
/// ```
/// A rule that is not named keeps its own points; one with an empty list is not used.
public struct PerturbationPoints: Sendable, Hashable {
  /// The points by the name of the rule.
  public var byRule: [String: [String]]

  /// These points by the name of the rule.
  public init(_ byRule: [String: [String]] = [:]) { self.byRule = byRule }

  /// Reads a file of points.
  ///
  /// - Throws: `PerturbationError.unreadablePoints` or `.malformedPoints`.
  public init(contentsOf url: URL) throws(PerturbationError) {
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .unreadablePoints(path: url.relativePath, reason: error.localizedDescription)
    }
    do { byRule = try JSONDecoder.strictly([String: [String]].self, from: data) } catch {
      throw .malformedPoints(path: url.relativePath, reason: RowReason.describe(error))
    }
  }

  /// The same without what damages none of some points of a taxonomy, by their identifiers or names.
  @_spi(Command) public func keeping(
    only names: [String], of rules: [any PerturbationRule], in taxonomy: Taxonomy
  ) -> PerturbationPoints {
    let wanted = Set(taxonomy.categories.flatMap { category in names.compactMap { category.point(named: $0)?.id } })
    var kept = byRule
    for rule in rules {
      kept[rule.name] = points(of: rule).filter { point in
        taxonomy.categories.contains { category in
          category.point(named: point).map { wanted.contains($0.id) } ?? false
        }
      }
    }
    return PerturbationPoints(kept)
  }

  /// The points of a rule.
  func points(of rule: any PerturbationRule) -> [String] { byRule[rule.name] ?? rule.points }

  /// Looks at every name.
  ///
  /// - Throws: `PerturbationError.unknownRule` or `.unknownPoint`.
  func check(_ taxonomy: Taxonomy, known: [String]) throws(PerturbationError) {
    for (rule, points) in byRule.sorted(by: { $0.key < $1.key }) {
      guard known.contains(rule) else { throw .unknownRule(rule, known: known) }
      for point in points where taxonomy.categories.allSatisfy({ $0.point(named: point) == nil }) {
        throw .unknownPoint(point, rule: rule)
      }
    }
  }
}
