import DMoERM

/// A line of output: what a line of input got.
struct ScoreLine: Encodable {
  var id: JSONValue?
  var category: String?
  /// Of one response, or of a list of them.
  var reward: Float?
  var rewards: [Float]?
  /// Whether the oldest turns were left out.
  var isTruncated: Bool?
  var breakdowns: [RewardBreakdown]?
  /// Why there is no reward.
  var error: String?

  init(id: JSONValue?, breakdowns: [RewardBreakdown], isList: Bool, withReasons: Bool) {
    self.id = id
    category = breakdowns.first?.category
    if isList { rewards = breakdowns.map(\.reward) } else { reward = breakdowns.first?.reward }
    isTruncated = breakdowns.contains(where: \.isTruncated) ? true : nil
    self.breakdowns = withReasons ? breakdowns : nil
  }

  init(id: JSONValue?, error: String) {
    self.id = id
    self.error = error
  }
}
