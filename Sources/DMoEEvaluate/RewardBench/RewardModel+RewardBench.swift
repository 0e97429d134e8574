public import DMoEModel

extension RewardModel {
  /// Scores RewardBench's items by the categories that the router chooses.
  ///
  /// - Throws: What scoring throws; items with a response that is too long are left out and counted.
  public func evaluateRewardBench(
    _ items: [RewardBenchItem], version: RewardBenchResult.Version,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> RewardBenchResult {
    var rewards: [[Float]?] = []
    for item in items {
      do {
        rewards.append(try scores(item.responses, to: item.conversation))
      } catch ModelError.overLength {
        rewards.append(nil)
      }
      progress(rewards.count, items.count)
    }
    return try RewardBenchResult(version: version, items: items, rewards: rewards)
  }
}
