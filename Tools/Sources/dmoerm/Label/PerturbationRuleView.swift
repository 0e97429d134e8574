@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM

/// A rule as it is listed.
struct PerturbationRuleView: Encodable {
  var name: String
  var summary: String
  /// Its points by category, as far as the taxonomy has them.
  var points: [String: [String]]
  var languages: [String]
  var lengthChange: LengthChange

  init(_ rule: any PerturbationRule, _ labeler: PerturbationLabeler) {
    name = rule.name
    summary = rule.summary
    languages = rule.languages.map(\.rawValue).sorted()
    lengthChange = rule.lengthChange
    points = [:]
    for category in labeler.taxonomy.categories {
      let ids = labeler.points(of: rule, in: category).map(\.id)
      if !ids.isEmpty { points[category.id] = ids }
    }
  }

  var sentence: String {
    let places = points.sorted { $0.key < $1.key }.map { "\($0.key)/\($0.value.joined(separator: ","))" }
    let length =
      switch lengthChange {
      case .longer: "longer"
      case .shorter: "shorter"
      case .same: "as long"
      case .either: "longer or shorter"
      }
    return "\(summary) Languages: \(languages.joined(separator: ", ")). Comes out \(length). Points: "
      + (places.isEmpty ? "none of this taxonomy" : places.joined(separator: "; ")) + "."
  }
}
