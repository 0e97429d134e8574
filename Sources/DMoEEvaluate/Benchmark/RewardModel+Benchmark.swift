public import DMoEModel

extension RewardModel {
  /// Scores a benchmark's items by the categories that the router chooses.
  ///
  /// - Parameters:
  ///   - benchmark: The benchmark that the items are of.
  ///   - items: Its questions.
  ///   - progress: Called with the texts scored so far and their number.
  /// - Throws: What scoring throws; items with a response that is too long are left out and counted.
  public func evaluate(
    _ benchmark: Benchmark, _ items: [BenchmarkItem], progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> BenchmarkResult {
    try BenchmarkResult(
      benchmark, items, lines: rewardLines(of: items, progress: progress), temperature: temperature)
  }
}
