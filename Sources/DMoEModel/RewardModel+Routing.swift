import DMoECore
public import DMoEData

extension RewardModel {
  /// The probability of every task category for a conversation, from the user's turns alone.
  ///
  /// - Throws: `ModelError.emptyInput`, `TokenizerError`.
  public func route(_ conversation: Conversation) throws -> RoutingDecision {
    try routes([conversation])[0]
  }

  /// Routes many conversations, in their order.
  public func routes(_ conversations: [Conversation]) throws -> [RoutingDecision] {
    try routes(conversations, trunk: nil)
  }

  /// Routes many conversations, whose trunk outputs may be kept for later.
  package func routes(_ conversations: [Conversation], trunk: TrunkCache?) throws -> [RoutingDecision] {
    try routingProbabilities(of: conversations, trunk: trunk).map { probabilities in
      RoutingDecision(category: inner[probabilities.indexOfMaximum ?? 0].category.id, probabilities: probabilities)
    }
  }

  /// Shapes: -> one list a conversation, in the order of the taxonomy; categories without a trained base get 0 as soon
  /// as another has one.
  private func routingProbabilities(of conversations: [Conversation], trunk: TrunkCache?) throws -> [[Float]] {
    guard inner.count > 1 else { return conversations.map { _ in [1] } }
    // Equal texts are routed alike: each is read once.
    let distinct = Distinct(
      try conversations.map { try reader.encodeUserTurns(of: $0, limit: configuration.router.maximumTokens) })
    let logits = try router.logits(of: distinct.values, reader, cache: trunk)
    return distinct.spread(logits.map { knownOnly($0).softmax })
  }

  /// The router's probabilities, and what each category's reward counts for.
  struct Route: Sendable {
    var probabilities: [Float]
    /// One of them 1, or a mixture.
    var shares: [Float]
    /// The category that counts for most.
    var main: Int { shares.indexOfMaximum ?? 0 }
    /// The categories that count, in the order of the taxonomy.
    var categories: [Int] { shares.indices.filter { shares[$0] > 0 } }
  }

  /// Which categories give the rewards of the responses to each conversation: the one that is named, or those that the
  /// router chooses.
  ///
  /// - Throws: `ModelError.untrainedModel`, `.untrainedRouter`, `.unknownCategory`, `.untrainedCategory`; `TokenizerError`.
  func routing(of conversations: [Conversation], category: String?, trunk: TrunkCache? = nil) throws -> [Route] {
    guard hasTrainedCategories || scoresUntrained else { throw ModelError.untrainedModel }
    if let category {
      // A model of one category judges everything by it.
      let index = inner.count == 1 ? 0 : try index(ofCategory: category)
      guard inner[index].isBaseTrained || !hasTrainedCategories else { throw ModelError.untrainedCategory(category) }
      let oneHot = inner.indices.map { $0 == index ? Float(1) : 0 }
      return conversations.map { _ in Route(probabilities: oneHot, shares: oneHot) }
    }
    guard isRouterTrained || trainedCategories.count < 2 || scoresUntrained else { throw ModelError.untrainedRouter }
    return try routingProbabilities(of: conversations, trunk: trunk).map { probabilities in
      let best = probabilities.indexOfMaximum ?? 0
      if case .mixture(let threshold) = configuration.routing, probabilities[best] < threshold {
        return Route(probabilities: probabilities, shares: probabilities)
      }
      return Route(probabilities: probabilities, shares: probabilities.indices.map { $0 == best ? 1 : 0 })
    }
  }

  /// Whether any category has a trained base; while none has, all are scored alike, by random heads.
  var hasTrainedCategories: Bool { inner.contains(where: \.isBaseTrained) }

  private func knownOnly(_ logits: [Float]) -> [Float] {
    guard hasTrainedCategories else { return logits }
    return zip(logits, inner).map { $1.isBaseTrained ? $0 : -.infinity }
  }
}

extension [Float] {
  /// exp(x) / Σ exp(x), stable.
  package var softmax: [Float] {
    let top = self.max() ?? 0
    let powers = map { ($0 - top).exponential }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
