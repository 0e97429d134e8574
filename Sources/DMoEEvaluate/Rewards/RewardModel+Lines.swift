public import DMoECore
public import DMoEData
public import DMoEModel

extension RewardModel {
  /// What the model and its experts say of samples, a line each, in their order.
  ///
  /// - Parameters:
  ///   - samples: The samples whose responses are scored.
  ///   - source: Who chooses the experts.
  ///   - progress: Called with the texts scored so far and their number.
  /// - Throws: What scoring throws; of a sample that is too long the line has no rewards.
  public func rewardLines(
    of samples: [RankedResponses], category source: CategorySource = .labeled,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> [RewardLine] {
    try rewardLines(of: samples, category: source, over: SingleRank(), progress: progress)
  }

  /// The same by several ranks, which share out the texts; all get all lines.
  ///
  /// - Parameters:
  ///   - samples: The samples whose responses are scored, the same on every rank.
  ///   - source: Who chooses the experts.
  ///   - ranks: The ranks.
  ///   - progress: Called with the texts of this rank scored so far and their number.
  /// - Throws: What scoring throws, here or on another rank; of a sample that is too long the line has no rewards.
  @_spi(Command) public func rewardLines(
    of samples: [RankedResponses], category source: CategorySource, over ranks: any Communicator,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> [RewardLine] {
    let scored = try breakdowns(of: samples, category: source, over: ranks, progress: progress)
    return zip(samples, scored).map { RewardLine(id: $0.id, category: $0.category, $1) }
  }

  /// What the model and its experts say of a benchmark's items, a line each, in their order.
  ///
  /// - Parameters:
  ///   - items: The items whose responses are scored, by the categories that the router chooses.
  ///   - progress: Called with the texts scored so far and their number.
  /// - Throws: What scoring throws; of an item that is too long, or has a turn or response that says nothing, the line has no
  ///   rewards.
  public func rewardLines(
    of items: [BenchmarkItem], progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> [RewardLine] {
    let places = items.indices.filter { !items[$0].isUnreadable }
    let scored = try breakdowns(
      of: places.map { ScoringRequest(conversation: items[$0].conversation, responses: items[$0].responses) },
      progress: progress)
    var lines = items.map { RewardLine(id: $0.id, category: $0.category, rewards: nil) }
    for (place, breakdowns) in zip(places, scored) {
      lines[place] = RewardLine(id: items[place].id, category: items[place].category, breakdowns)
    }
    return lines
  }
}
