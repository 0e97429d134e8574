@_spi(Command) import DMoERM

/// What `/v1/rewards` says of one conversation.
struct RewardsResult {
  private let scored: ScoredItem
  private let served: ServedModel
  private let hasBreakdowns: Bool
  private let isNormalized: Bool

  init(_ scored: ScoredItem, _ served: ServedModel, of item: ScoringItem, hasBreakdowns: Bool) {
    self.scored = scored
    self.served = served
    self.hasBreakdowns = hasBreakdowns
    isNormalized = item.isNormalized
  }

  var json: JSONTree {
    let rewards = scored.responses.map { $0.success?.reward }
    let ranked = rewards.indices.compactMap { place in rewards[place].map { (place: place, reward: $0) } }
      .sorted { ($1.reward, $0.place) < ($0.reward, $1.place) }
    return JSONTree([
      "rewards": JSONTree(rewards.map { $0.map { JSONTree($0) } ?? .null }),
      "errors": JSONTree(scored.responses.map { $0.failure.map(error) ?? .null }),
      "ranking": JSONTree(ranked.map { JSONTree($0.place) }),
      "preferences": preferences(rewards),
      "breakdowns": hasBreakdowns ? JSONTree(scored.responses.map { $0.success.map(breakdown) ?? .null }) : nil,
    ])
  }

  private func error(_ error: ServeError) -> JSONTree {
    JSONTree(["code": JSONTree(error.code.rawValue), "message": JSONTree(error.message)])
  }

  /// How probable it is that people prefer the response of the row over that of the column. The temperature is one of
  /// normalized rewards: of others it says nothing.
  private func preferences(_ rewards: [Float?]) -> JSONTree {
    guard served.hasProbabilities, isNormalized else { return .null }
    let temperature = served.model.temperature
    return JSONTree(
      rewards.map { own in
        JSONTree(
          rewards.map { other in
            guard let own, let other else { return .null }
            return JSONTree(((own - other) / temperature).sigmoid)
          })
      })
  }

  private func breakdown(_ breakdown: RewardBreakdown) -> JSONTree {
    let categories = served.model.configuration.taxonomy.categories
    let capabilities = breakdown.capabilities.map {
      JSONTree(["point": JSONTree($0.point), "reward": JSONTree($0.reward)])
    }
    return JSONTree([
      "reward": JSONTree(breakdown.reward), "category": JSONTree(breakdown.category),
      "routing": JSONTree(members: zip(categories, breakdown.routing).map { (key: $0.id, value: JSONTree($1)) }),
      "capabilities": JSONTree(capabilities), "disagreement": JSONTree(breakdown.disagreement),
      "is_mixture": JSONTree(breakdown.isMixture), "tokens": JSONTree(breakdown.tokenCount),
      "is_truncated": JSONTree(breakdown.isTruncated),
    ])
  }
}
