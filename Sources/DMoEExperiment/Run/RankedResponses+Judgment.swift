public import DMoEData
public import DMoEModel

extension RankedResponses {
  /// What a reward model says of several responses, as preferences: their overall order, and one for each capability point
  /// of the category that was chosen. Equal rewards are ties.
  ///
  /// ```swift
  /// let breakdowns = try model.breakdowns(of: responses, to: conversation)
  /// let samples = try RankedResponses.preferences(
  ///   id: "1", conversation: conversation, responses: responses, by: breakdowns, annotator: "my.dmoerm")
  /// ```
  ///
  /// - Parameters:
  ///   - breakdowns: One a response.
  ///   - annotator: Who the preferences are said to be of.
  /// - Throws: `DataError` for fewer than two responses and other than one breakdown each.
  public static func preferences(
    id: String, conversation: Conversation, responses: [String], by breakdowns: [RewardBreakdown], annotator: String?
  ) throws -> [RankedResponses] {
    let judgment = Judgment(breakdowns)
    return try RankedResponses(
      id: id, conversation: conversation, responses: responses, ranks: judgment.rewards.ranks,
      category: judgment.category.isEmpty ? nil : judgment.category
    ).judged(judgment, annotator: annotator, labels: true)
  }

  /// The sample as a judge has it: its overall order, and a label for each capability point if they are asked for.
  ///
  /// What was said of the old order goes with it.
  ///
  /// - Parameters:
  ///   - orders: Whether the overall order is the judge's, or stays.
  ///   - labels: Whether category and labels are the judge's.
  func judged(
    _ judgment: Judgment, annotator: String?, orders: Bool = true, labels: Bool
  ) throws -> [RankedResponses] {
    let own = labels ? judgment.category : category
    func sample(_ rewards: [Float], capability: String?) throws -> RankedResponses {
      try RankedResponses(
        id: id, source: source, language: language, conversation: conversation, responses: responses,
        ranks: rewards.ranks, category: own, capability: capability, weight: weight, annotator: annotator)
    }
    let overall = orders ? try sample(judgment.rewards, capability: nil) : labeled(category: own, capability: nil)
    guard labels else { return [overall] }
    return try [overall]
      + judgment.points.sorted { $0.key < $1.key }.map { try sample($0.value, capability: $0.key) }
  }
}

extension [Float] {
  /// The place of each in descending order, from 1; equal ones share theirs.
  fileprivate var ranks: [Int] {
    let sorted = Array(Set(self)).sorted(by: >)
    return map { (sorted.firstIndex(of: $0) ?? 0) + 1 }
  }
}
