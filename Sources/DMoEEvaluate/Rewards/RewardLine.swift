import DMoEModel

/// What a model says of the responses to one conversation: a line of a file of rewards.
///
/// ```json
/// {"id": "a1", "category": "Math", "rewards": [0.5, -1.25], "judge": "chat", "experts": {"logic": [0.1, 0.3]}}
/// ```
/// Only `id` and `rewards` are needed; rewards that are null say that a response is too long to be read.
public struct RewardLine: Sendable, Hashable {
  /// The identifier of the item or sample.
  public let id: String
  /// The category that it has in its own set; nil where identifiers are enough to tell items apart.
  public let category: String?
  /// One a response, in their order; nil if one of them is longer than the model reads.
  public let rewards: [Float]?
  /// The task category whose experts judged.
  public let judge: String?
  /// What each of those experts says, by the identifier of its point, one a response.
  public let experts: [String: [Float]]

  /// A line.
  ///
  /// - Parameters:
  ///   - id: The identifier of the item or sample.
  ///   - category: The category that it has in its own set.
  ///   - rewards: One a response, in their order; nil for what the model does not read.
  ///   - judge: The task category whose experts judged.
  ///   - experts: What each of those experts says, by the identifier of its point.
  public init(
    id: String, category: String? = nil, rewards: [Float]?, judge: String? = nil, experts: [String: [Float]] = [:]
  ) {
    self.id = id
    self.category = category
    self.rewards = rewards
    self.judge = judge
    self.experts = experts
  }

  init(id: String, category: String?, _ breakdowns: [RewardBreakdown]?) {
    let judges = Set((breakdowns ?? []).map(\.category))
    // Where responses keep different turns of a long conversation the router may send them to different categories.
    let points = judges.count == 1 ? breakdowns?.first?.capabilities.map(\.point) ?? [] : []
    self.init(
      id: id, category: category, rewards: breakdowns?.map(\.reward), judge: breakdowns?.first?.category,
      experts: Dictionary(
        points.enumerated().map { place, point in
          (point, (breakdowns ?? []).map { $0.capabilities[place].reward })
        }, uniquingKeysWith: { first, _ in first }))
  }
}
