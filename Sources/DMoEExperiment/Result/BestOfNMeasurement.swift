import DMoEEvaluate

/// The prompts of best of n that every reading has rewards for, so that all are measured on the same.
struct BestOfNMeasurement {
  /// Places among all prompts.
  private let kept: [Int]
  private let gold: [[Double]]

  /// - Parameter draws: Those of every reading.
  /// - Returns: nil if there is no such prompt.
  init?(_ prompts: [BestOfNPrompt], draws: [SetRewards]) {
    kept = prompts.indices.filter { index in draws.allSatisfy { $0[index] != nil } }
    gold = kept.map { prompts[$0].gold }
    guard !kept.isEmpty else { return nil }
  }

  /// The curve of one reading.
  func evaluation(_ draws: [SetRewards]) throws -> BestOfNEvaluation {
    try BestOfNEvaluation(gold: gold, draws: draws.map { draw in kept.map { (draw[$0] ?? []).map(Double.init) } })
  }

  /// The area of one curve less that of another, prompt by prompt.
  static func areaDifference(
    _ own: BestOfNEvaluation, from reference: BestOfNEvaluation
  ) -> ExperimentResult.Interval {
    .init(
      PairedComparison(
        first: own.areaByPrompt, second: reference.areaByPrompt, groups: Array(own.areaByPrompt.indices)))
  }
}
