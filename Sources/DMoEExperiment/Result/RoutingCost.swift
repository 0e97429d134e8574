import DMoEEvaluate

/// What routing errors cost: accuracy by the router's choice, and by the category that samples name.
struct RoutingCost {
  let routedAccuracy: Double
  let labeledAccuracy: Double
  /// Pairs for which both are known, of one member.
  let pairs: Int

  /// - Parameter members: What each member says of the set's samples.
  /// - Returns: nil if no member has rewards by the samples' own categories.
  init?(_ set: MeasuredSet, _ members: [[ScoredSample?]]) {
    var (routed, labeled) = ([Double](), [Double]())
    for member in members {
      let byRouter = SetRewards(member.map { $0?.rewards })
      let byLabel = SetRewards(member.map { $0?.labeledRewards })
      for pair in set.pairs.pairs {
        guard let own = byRouter.credit(of: pair), let other = byLabel.credit(of: pair) else { continue }
        routed.append(own)
        labeled.append(other)
      }
    }
    guard let routedAccuracy = routed.mean, let labeledAccuracy = labeled.mean else { return nil }
    self.routedAccuracy = routedAccuracy
    self.labeledAccuracy = labeledAccuracy
    pairs = routed.count / members.count
  }
}
