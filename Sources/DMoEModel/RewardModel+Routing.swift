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
    try routingProbabilities(of: conversations.map(routerText), trunk: trunk).map { probabilities in
      RoutingDecision(category: inner[probabilities.indexOfMaximum ?? 0].category.id, probabilities: probabilities)
    }
  }

  /// The same model with another rule for conversations whose category the router is not sure of.
  ///
  /// The rule changes nothing that was trained, so that a threshold can be chosen on validation after training.
  ///
  /// ```swift
  /// let careful = try model.routing(by: .fallback(threshold: 0.7, category: "general"))
  /// ```
  ///
  /// - Throws: `ModelError.invalidSetting` for an impossible threshold or a category to fall back on that the model does not
  ///   have; `ModelError.untrainedCategory` for one that is not trained.
  public func routing(by policy: RoutingPolicy) throws -> RewardModel {
    var result = self
    result.configuration.routing = policy
    try result.configuration.validate(for: backbone.configuration)
    if let id = policy.fallbackCategory, inner.count > 1, hasTrainedCategories, result.fallbackIndex == nil {
      throw ModelError.untrainedCategory(id)
    }
    // A prompt that was prepared has the categories that the other rule chose.
    result.router = router
    result.companions = try companions.map { try $0.routing(by: policy) }
    return result
  }

  /// What the router reads of a conversation; nothing if there is only one category.
  ///
  /// - Throws: `ModelError.emptyInput`, `.invalidToken`; `TokenizerError`.
  private func routerText(_ conversation: Conversation) throws -> [Int32] {
    guard inner.count > 1 else { return [] }
    let ids = try reader.encodeUserTurns(of: conversation, limit: configuration.router.maximumTokens)
    try reader.backbone.check(ids)
    return ids
  }

  /// Shapes: -> one list a text, in the order of the taxonomy; categories without a trained base get 0 as soon
  /// as another has one.
  private func routingProbabilities(of texts: [[Int32]], trunk: TrunkCache?) throws -> [[Float]] {
    guard inner.count > 1 else { return texts.map { _ in [1] } }
    // Equal texts are routed alike: each is read once.
    let distinct = Distinct(texts)
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
  }

  /// Which categories give the rewards of the responses to each conversation: the one that is named, or those that the
  /// router chooses.
  ///
  /// - Throws: `ModelError.untrainedModel`, `.untrainedRouter`, `.unknownCategory`, `.untrainedCategory`; `TokenizerError`.
  func routing(of conversations: [Conversation], category: String?, trunk: TrunkCache? = nil) throws -> [Route] {
    if let category {
      let route = try route(toCategory: category)
      return conversations.map { _ in route }
    }
    try checkChoice()
    return try routes(ofTexts: conversations.map(routerText), trunk: trunk)
  }

  /// The same of conversations of which each may have a category of its own, and something wrong with it.
  func routing(of prompts: [(conversation: Conversation, category: String?)]) throws -> [Result<Route, any Error>] {
    let texts = prompts.map { prompt in
      Result { () throws -> [Int32]? in
        guard prompt.category == nil else { return nil }
        try checkChoice()
        return try routerText(prompt.conversation)
      }
    }
    var chosen = try routes(ofTexts: texts.compactMap { try? $0.get() }, trunk: nil)[...]
    return zip(prompts, texts).map { prompt, text in
      Result { () throws -> Route in
        if let category = prompt.category { return try route(toCategory: category) }
        _ = try text.get()
        return chosen.removeFirst()
      }
    }
  }

  /// The route to a category that is named.
  ///
  /// - Throws: `ModelError.untrainedModel`, `.unknownCategory`, `.untrainedCategory`.
  private func route(toCategory category: String) throws -> Route {
    guard hasTrainedCategories || scoresUntrained else { throw ModelError.untrainedModel }
    // A model of one category judges everything by it.
    let index = inner.count == 1 ? 0 : try index(ofCategory: category)
    guard inner[index].isBaseTrained || !hasTrainedCategories else { throw ModelError.untrainedCategory(category) }
    let oneHot = inner.indices.map { $0 == index ? Float(1) : 0 }
    return Route(probabilities: oneHot, shares: oneHot)
  }

  /// - Throws: `ModelError.untrainedModel`, `.untrainedRouter` if the model cannot choose a category itself.
  private func checkChoice() throws {
    guard hasTrainedCategories || scoresUntrained else { throw ModelError.untrainedModel }
    guard isRouterTrained || trainedCategories.count < 2 || scoresUntrained else { throw ModelError.untrainedRouter }
  }

  /// The routes that the router chooses by what it reads of conversations.
  private func routes(ofTexts texts: [[Int32]], trunk: TrunkCache?) throws -> [Route] {
    try routingProbabilities(of: texts, trunk: trunk).map { probabilities in
      var chosen = probabilities.indexOfMaximum ?? 0
      switch configuration.routing {
      case .mixture(let threshold) where probabilities[chosen] < threshold:
        return Route(probabilities: probabilities, shares: probabilities)
      case .fallback(let threshold, _) where probabilities[chosen] < threshold: chosen = fallbackIndex ?? chosen
      case .top1, .mixture, .fallback: break
      }
      return Route(probabilities: probabilities, shares: probabilities.indices.map { $0 == chosen ? 1 : 0 })
    }
  }

  /// The place of the category that conversations fall back on, if there is one with a trained base, or none with one.
  private var fallbackIndex: Int? {
    guard let index = configuration.routing.fallbackCategory.flatMap(configuration.taxonomy.index(of:)) else {
      return nil
    }
    return inner[index].isBaseTrained || !hasTrainedCategories ? index : nil
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
