import DMoEPolicy

extension StepMetrics {
  /// What a step sampled and did.
  init(
    step: Int, _ rollOuts: [RollOut], _ estimator: AdvantageEstimator, _ update: PolicyUpdate?, _ seconds: Seconds
  ) {
    let completions = rollOuts.flatMap(\.completions)
    let rewards = rollOuts.map { $0.rewards.compactMap { $0.map(Double.init) } }
    let known = rewards.flatMap { $0 }
    let deviations = rewards.filter { $0.count > 1 }.map(\.deviation)
    let tokens = completions.flatMap(\.tokens)
    // Of the rewards themselves: what is charged on them differs by rounding alone.
    func differ(_ rewards: [Double]) -> Bool { rewards.contains { $0 != rewards[0] } }
    let varied =
      estimator == .batchMean ? (differ(known) ? rollOuts.count : 0) : rewards.count(where: differ)
    self.init(
      step: step, reward: known.isEmpty ? nil : known.mean, groupDeviation: deviations.mean,
      groupsWithVariance: varied, groups: rollOuts.count,
      abstentions: 1 - Double(known.count) / Double(max(1, completions.count)),
      truncated: Double(completions.count(where: \.isTruncated)) / Double(max(1, completions.count)),
      tokens: Double(tokens.count) / Double(max(1, completions.count)), loss: update?.loss,
      divergence: update.map { $0.divergence / Double(max(1, $0.tokens)) },
      entropy: tokens.map { -Double($0.sampledLogProbability) }.mean,
      clipped: update.map { Double($0.clipped) / Double(max(1, $0.tokens)) } ?? 0,
      gradientNorm: update?.gradientNorm, seconds: seconds)
  }
}
