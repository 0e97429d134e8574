import DMoECore
public import DMoEData

extension RewardModel {
  /// The probability of every task category for a conversation, from the user's turns alone.
  ///
  /// - Throws: `ModelError.emptyInput`, `TokenizerError`.
  public func route(_ conversation: Conversation) throws -> RoutingDecision {
    let probabilities = try routingProbabilities(of: [conversation])[0]
    let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
    return RoutingDecision(category: inner[best].category.id, probabilities: probabilities)
  }

  /// Routes many conversations, in their order.
  public func routes(_ conversations: [Conversation]) throws -> [RoutingDecision] {
    try routes(conversations, trunk: nil)
  }

  /// Routes many conversations, whose trunk outputs may be kept for later.
  package func routes(_ conversations: [Conversation], trunk: TrunkCache?) throws -> [RoutingDecision] {
    try routingProbabilities(of: conversations, trunk: trunk).map { probabilities in
      let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
      return RoutingDecision(category: inner[best].category.id, probabilities: probabilities)
    }
  }

  /// Shapes: -> one list a conversation, in the order of the taxonomy; categories without a trained base get 0 as soon
  /// as another has one.
  package func routingProbabilities(
    of conversations: [Conversation], trunk: TrunkCache? = nil
  ) throws -> [[Float]] {
    guard inner.count > 1 else { return conversations.map { _ in [1] } }
    // Equal texts are routed alike: each is read once.
    let distinct = Distinct(try conversations.map { try encodeForRouter($0) })
    let texts = distinct.values
    var result: [[Float]] = []
    for chunk in Self.chunks(texts.map(\.count)) {
      let graph = Graph(compute)
      let features =
        if let trunk {
          Variable(constant: Matrix(stacking: try texts[chunk].map { try trunk.routerFeatures($0, self) }))
        } else {
          try routerFeatures(graph, Array(texts[chunk]))
        }
      let logits = router.logits(graph, features).value
      for row in 0..<logits.rows { result.append(knownOnly(logits.row(row)).softmax) }
    }
    return distinct.spread(result)
  }

  /// Whether any category has a trained base; while none has, all are scored alike, by random heads.
  var hasTrainedCategories: Bool { inner.contains(where: \.isBaseTrained) }

  private func knownOnly(_ logits: [Float]) -> [Float] {
    guard hasTrainedCategories else { return logits }
    return zip(logits, inner).map { $1.isBaseTrained ? $0 : -.infinity }
  }

  /// Splits neighbors into runs of at most `limit` rows, each of at least one item.
  package static func chunks(_ sizes: [Int], limit: Int = 4096) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = 0
    var sum = 0
    for (index, size) in sizes.enumerated() {
      if index > start, sum + size > limit {
        result.append(start..<index)
        start = index
        sum = 0
      }
      sum += size
    }
    if start < sizes.count { result.append(start..<sizes.count) }
    return result
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
