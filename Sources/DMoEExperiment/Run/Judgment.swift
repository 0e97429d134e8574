import DMoEModel

/// What a judge says of one sample.
struct Judgment: Sendable, Equatable, Codable {
  /// One a response.
  var rewards: [Float]
  /// The task category that its router chose.
  var category: String
  /// What the capability experts of that category say, one a response, by their points; empty without experts.
  var points: [String: [Float]]

  init(_ breakdowns: [RewardBreakdown]) {
    rewards = breakdowns.map(\.reward)
    category = breakdowns.first?.category ?? ""
    points = (breakdowns.first?.capabilities ?? []).reduce(into: [:]) { points, capability in
      let own = breakdowns.compactMap { $0.capabilities.first { $0.point == capability.point }?.reward }
      if own.count == breakdowns.count { points[capability.point] = own }
    }
  }
}
