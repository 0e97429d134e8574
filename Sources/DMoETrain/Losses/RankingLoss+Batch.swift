import DMoEData

extension RankingLoss {
  /// The pairs of a ranking and the probability of each, by the labels and this loss's options.
  func pairs(of sample: RankedResponses) -> [RankedPairs.Pair] {
    let certain = 1 - labelSmoothing
    var result = sample.pairs.map { pair in
      var q = certain
      if usesProbabilities, let first = sample.probability {
        q = Double(pair.chosen == 0 ? first : 1 - first)
      }
      return RankedPairs.Pair(chosen: pair.chosen, rejected: pair.rejected, probability: q)
    }
    // A tie with a probability of its own is a soft label, not a tie.
    let soft = usesProbabilities ? sample.probability.map { Double($0) } : nil
    if ties == .half || soft != nil {
      result += sample.tiedPairs.map { .init(chosen: $0.first, rejected: $0.second, probability: soft ?? 0.5) }
    }
    return result
  }

  /// The weighted loss of every example alone.
  ///
  /// Shape: rewards [responses of all examples], example after example.
  func losses(_ rewards: [Float], of examples: [RankedExample]) -> [Double] {
    var rewards = rewards[...]
    return examples.map { example in
      let own = Array(rewards.prefix(example.ranking.responseCount))
      rewards = rewards.dropFirst(own.count)
      return evaluate(own, [example.ranking], totalWeight: 1).result.loss
    }
  }

  /// The loss of a batch and its gradient by every reward.
  ///
  /// Shapes: rewards [responses of all rankings], ranking after ranking -> gradient of the same shape, already divided by
  /// `totalWeight`.
  func evaluate(
    _ rewards: [Float], _ rankings: [RankedPairs], totalWeight: Double
  ) -> (result: PassResult, gradient: [Float]) {
    var result = PassResult()
    var gradient = [Double](repeating: 0, count: rewards.count)
    var start = 0
    for ranking in rankings {
      let share = ranking.pairWeight
      for pair in ranking.pairs {
        let (c, r) = (start + pair.chosen, start + pair.rejected)
        let (chosen, rejected) = (Double(rewards[c]), Double(rewards[r]))
        let one = self.pair(
          chosen: chosen, rejected: rejected, probability: pair.probability, margin: ranking.margin,
          offset: pair.offset)
        result.loss += share * one.loss
        gradient[c] += share * one.chosenGradient / totalWeight
        gradient[r] += share * one.rejectedGradient / totalWeight
        // A pair whose label leans neither way has no right order.
        if pair.probability != 0.5 {
          let isRight = pair.probability > 0.5 ? chosen > rejected : rejected > chosen
          result.correct += isRight ? 1 : chosen == rejected ? 0.5 : 0
          result.margin += chosen - rejected
          result.pairs += 1
        }
      }
      result.weight += ranking.weight
      let end = start + ranking.responseCount
      for reward in rewards[start..<end] { result.rewards += Double(reward) }
      result.rewardCount += ranking.responseCount
      start = end
    }
    return (result, gradient.map { Float($0) })
  }
}
