@_spi(Command) import DMoERM

/// A line of output: what a line of input got.
struct ScoreLine {
  /// As JSON, with the digits that it came with, which may be more than a number of Swift's holds.
  var id: String?
  var content: Content

  /// What stands beside the id.
  struct Content: Encodable {
    var category: String?
    /// Of one response, or of a list of them.
    var reward: Float?
    var rewards: [Float]?
    /// Whether the oldest turns were left out.
    var isTruncated: Bool?
    var breakdowns: [RewardBreakdown]?
    /// Why there is no reward.
    var error: String?
  }

  init(id: String?, breakdowns: [RewardBreakdown], isList: Bool, withReasons: Bool) {
    self.id = id
    content = Content(
      category: breakdowns.first?.category, reward: isList ? nil : breakdowns.first?.reward,
      rewards: isList ? breakdowns.map(\.reward) : nil,
      isTruncated: breakdowns.contains(where: \.isTruncated) ? true : nil,
      breakdowns: withReasons ? breakdowns : nil)
  }

  init(id: String?, error: String) {
    self.id = id
    content = Content(error: error)
  }

  /// One JSON object, its keys in order.
  func json() throws -> String {
    guard let id else { return try JSONOutput.line(content) }
    // Two halves, encoded each for itself, of the keys before "id" and after it.
    var (before, after) = (content, content)
    (before.reward, before.rewards, before.isTruncated) = (nil, nil, nil)
    (after.breakdowns, after.category, after.error) = (nil, nil, nil)
    let halves = [try JSONOutput.line(before), "{\"id\":" + id + "}", try JSONOutput.line(after)]
    return "{" + halves.map { String($0.dropFirst().dropLast()) }.filter { !$0.isEmpty }.joined(separator: ",") + "}"
  }
}
