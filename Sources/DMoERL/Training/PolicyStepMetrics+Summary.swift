import DMoEPolicy

extension PolicyStepMetrics {
  /// What a step sampled and did.
  init(
    step: Int, _ rollOuts: [RollOut], _ configuration: RLConfiguration, _ update: PolicyUpdate?, _ seconds: Seconds
  ) {
    let estimator = configuration.advantages
    let completions = rollOuts.flatMap(\.completions)
    let rewards = rollOuts.map { $0.rewards.compactMap { $0.map(Double.init) } }
    let known = rewards.flatMap { $0 }
    let deviations = rewards.filter { $0.count > 1 }.map(\.deviation)
    let tokens = completions.flatMap(\.tokens)
    // Of the rewards themselves: what is charged on them differs by rounding alone.
    func differ(_ rewards: [Double]) -> Bool { rewards.contains { $0 != rewards[0] } }
    let varied =
      switch estimator {
      case .batchMean: differ(known) ? rollOuts.count : 0
      // A single reward is compared with what its tokens' values expected.
      case .generalized: known.count == 1 || differ(known) ? rollOuts.count : 0
      case .group, .leaveOneOut: rewards.count(where: differ)
      }
    self.init(
      step: step, reward: known.isEmpty ? nil : known.mean, parts: rollOuts.flatMap(\.judgments).parts,
      disagreement: rollOuts.flatMap(\.judgments).mean(of: \.disagreement),
      routerDoubt: rollOuts.flatMap(\.judgments).mean(of: \.routerDoubt), groupDeviation: deviations.mean,
      groupsWithVariance: varied, groups: rollOuts.count,
      abstentions: 1 - Double(known.count) / Double(max(1, completions.count)),
      truncated: Double(completions.count(where: \.isTruncated)) / Double(max(1, completions.count)),
      tokens: Double(tokens.count) / Double(max(1, completions.count)), loss: update?.loss,
      valueLoss: estimator.usesValues ? update?.valueLoss : nil, explainedVariance: rollOuts.explainedVariance,
      updates: update?.updates,
      divergence: configuration.objective.kl == nil
        ? nil : update.map { $0.divergence / Double(max(1, $0.tokens)) },
      entropy: tokens.map { -Double($0.sampledLogProbability) }.mean,
      clipped: update.map { Double($0.clipped) / Double(max(1, $0.tokens)) } ?? 0,
      gradientNorm: update?.gradientNorm, seconds: seconds)
  }
}

extension [RollOut] {
  /// Of what came after the tokens of all completions, by the values before the first update.
  fileprivate var explainedVariance: Double? {
    let pairs = flatMap { rollOut in
      zip(rollOut.measures.values, rollOut.measures.returns).flatMap { values, returns in
        zip(values, returns ?? []).map { (value: Double($0), goal: $1) }
      }
    }
    let variance = pairs.map(\.goal).variance
    guard pairs.count > 1, variance > 0 else { return nil }
    return 1 - pairs.map { $0.goal - $0.value }.variance / variance
  }
}

extension [RewardJudgment] {
  /// `nil` if none has one.
  fileprivate func mean(of path: KeyPath<RewardJudgment, Float?>) -> Double? {
    let known = compactMap { $0[keyPath: path].map(Double.init) }
    return known.isEmpty ? nil : known.mean
  }

  /// The mean of every part over those that have it; `nil` if none has any.
  fileprivate var parts: [String: Double]? {
    var values: [String: [Double]] = [:]
    for judgment in self { for (name, value) in judgment.parts { values[name, default: []].append(Double(value)) } }
    return values.isEmpty ? nil : values.mapValues(\.mean)
  }
}
