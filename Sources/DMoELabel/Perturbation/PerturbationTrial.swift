/// What became of a rule on a response.
enum PerturbationTrial: Sendable {
  case applied(PerturbedPair)
  case notApplicable(rule: String, PerturbationObstacle)
  /// The response's category has none of the rule's points.
  case noPoint(rule: String)
  /// Enough other rules were applied to the row.
  case notTried(rule: String)
}
