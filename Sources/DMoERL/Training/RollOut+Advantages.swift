extension [RollOut] {
  /// Compares what was sampled: makes advantages of rewards, of what leaving the reference costs where that is charged on
  /// them, and of values.
  ///
  /// - Throws: `RLError.rewardNotFinite`.
  mutating func compare(_ configuration: RLConfiguration) throws(RLError) {
    let kl = configuration.objective.kl.flatMap { $0.place == .reward ? $0 : nil }
    guard case .generalized(let estimator) = configuration.advantages else {
      let compared = try GroupAdvantages(rewards: map { $0.charged(kl) }, by: configuration.advantages)
      for (index, values) in zip(indices, compared.values) {
        self[index].advantages = zip(values, self[index].completions).map { value, completion in
          value.map { advantage in completion.tokens.map { _ in advantage } }
        }
      }
      return
    }
    let compared = try GroupAdvantages(rewards: map(\.rewards), by: configuration.advantages)
    for (index, rewards) in zip(indices, compared.values) { self[index].generalize(estimator, rewards, kl) }
    if estimator.whitens { whiten(configuration.objective) }
  }

  /// Over the tokens that are learned from.
  private mutating func whiten(_ objective: PolicyObjective) {
    let places = indices.flatMap { index in
      self[index].scored.enumerated().filter { $1.counts(under: objective) }.map { (index, $0.offset) }
    }
    let whitened = GeneralizedAdvantage.whitened(places.map { self[$0].advantages[$1] ?? [] })
    for (place, values) in zip(places, whitened) { self[place.0].advantages[place.1] = values }
  }
}

extension RollOut {
  /// The rewards less what leaving the reference costs, summed up over a completion.
  fileprivate func charged(_ kl: KLPenalty?) -> [Float?] {
    guard let kl else { return rewards }
    return rewards.enumerated().map { place, reward in
      let cost = costs(ofCompletion: place, by: kl.estimator).reduce(0, +)
      return reward.map { $0 - Float(kl.coefficient * cost) }
    }
  }

  /// Takes advantages and returns from the rewards of single tokens: each costs what it leaves the reference by, and the last
  /// one has the completion's reward.
  fileprivate mutating func generalize(
    _ estimator: GeneralizedAdvantage, _ rewards: [Double?], _ kl: KLPenalty?
  ) {
    (advantages, measures.returns) = ([], [])
    for (place, reward) in rewards.enumerated() {
      guard let reward, !completions[place].tokens.isEmpty else {
        advantages.append(nil)
        measures.returns.append(nil)
        continue
      }
      var tokens = [Double](repeating: 0, count: completions[place].tokens.count)
      if let kl { tokens = costs(ofCompletion: place, by: kl.estimator).map { -kl.coefficient * $0 } }
      tokens[tokens.count - 1] += reward
      let found = estimator.advantages(rewards: tokens, values: measures.values[place].map(Double.init))
      advantages.append(found.advantages)
      measures.returns.append(found.returns)
    }
  }
}
