import DMoECore
public import DMoEData

extension RewardModel {
  /// The reward of a response to a prompt.
  ///
  /// - Throws: `ModelError.emptyInput`, `.overLength`, `.nonFiniteReward`; `.untrainedModel`, `.untrainedRouter`; `DataError`
  ///   for an empty prompt.
  public func score(prompt: String, response: String) throws -> Float {
    try score(response, to: try Conversation(prompt: prompt))
  }

  /// The reward of a response to a conversation.
  ///
  /// - Parameters:
  ///   - response: The response to score.
  ///   - conversation: The conversation that is answered.
  ///   - category: The task category, if it is known; otherwise the router chooses.
  /// - Throws: As `score(prompt:response:)`; `ModelError.unknownCategory`, `.untrainedCategory`.
  public func score(_ response: String, to conversation: Conversation, category: String? = nil) throws -> Float {
    try breakdown(of: response, to: conversation, category: category).reward
  }

  /// The rewards of several responses to one prompt, in their order; the prompt is computed once, and so is a response that
  /// is there several times.
  public func scores(prompt: String, responses: [String]) throws -> [Float] {
    try scores(responses, to: try Conversation(prompt: prompt))
  }

  /// The rewards of several responses to one conversation, in their order.
  public func scores(_ responses: [String], to conversation: Conversation, category: String? = nil) throws -> [Float] {
    try breakdowns(of: responses, to: conversation, category: category).map(\.reward)
  }

  /// The rewards of many independent candidates, in their order; each is the same as if it were scored alone.
  public func scores(of candidates: [Candidate], category: String? = nil) throws -> [Float] {
    try breakdowns(candidates.map { ($0.conversation, [$0.response]) }, category: category).map { $0[0].reward }
  }

  /// The probability that people prefer the first response to the second: σ((r₁ − r₂) / temperature).
  ///
  /// - Returns: in 0 ... 1; as calibrated as `temperature` is.
  /// - Throws: what `scores(_:to:)` throws.
  public func preferenceProbability(
    of first: String, over second: String, to conversation: Conversation, category: String? = nil
  ) throws -> Float {
    let rewards = try scores([first, second], to: conversation, category: category)
    return 1 / (1 + ((rewards[1] - rewards[0]) / temperature).exponential)
  }

  /// A reward with its reasons: the category, what every capability expert says, how many tokens were read.
  public func breakdown(
    of response: String, to conversation: Conversation, category: String? = nil
  ) throws -> RewardBreakdown {
    try breakdowns(of: [response], to: conversation, category: category)[0]
  }

  /// The rewards of several responses to one conversation with their reasons, in their order.
  public func breakdowns(
    of responses: [String], to conversation: Conversation, category: String? = nil
  ) throws -> [RewardBreakdown] {
    try breakdowns([(conversation, responses)], category: category)[0]
  }

  /// The rewards of the responses to many conversations with their reasons, in their order.
  public func breakdowns(
    _ groups: [(conversation: Conversation, responses: [String])], category: String? = nil
  ) throws -> [[RewardBreakdown]] {
    try breakdowns(groups, category: category, trunk: nil)
  }

  /// The same, with trunk outputs that other models over the same backbone may have computed.
  package func breakdowns(
    _ groups: [(conversation: Conversation, responses: [String])], category: String?, trunk cache: TrunkCache?
  ) throws -> [[RewardBreakdown]] {
    let routing = try routing(of: groups.map(\.conversation), category: category, trunk: cache)
    // One part a group, or several where responses of different lengths keep different turns.
    let parts = try groups.enumerated().flatMap { group, item in
      try encodeApart(item.conversation, responses: item.responses).map { (group: group, places: $0, encoded: $1) }
    }

    // Which parts each category has to score; under a mixture one part may have several.
    var members = [[Int]](repeating: [], count: inner.count)
    for (part, item) in parts.enumerated() {
      let shares = routing[item.group].shares
      for index in shares.indices where shares[index] > 0 { members[index].append(part) }
    }
    var opinions: [[(category: Int, opinion: Opinion)]] = parts.map { _ in [] }
    for (index, own) in members.enumerated() where !own.isEmpty {
      for (part, opinion) in zip(own, try inner[index].opinions(own.map { parts[$0].encoded }, self, cache)) {
        opinions[part].append((index, opinion))
      }
    }
    var results: [[RewardBreakdown?]] = groups.map { Array(repeating: nil, count: $0.responses.count) }
    for (item, opinions) in zip(parts, opinions) {
      for (index, place) in item.places.enumerated() {
        results[item.group][place] = breakdown(item.encoded, index, routing[item.group], opinions)
      }
    }
    return results.map { $0.compactMap { $0 } }
  }

  func breakdown(
    _ encoded: EncodedResponses, _ response: Int, _ route: Route, _ opinions: [(category: Int, opinion: Opinion)]
  ) -> RewardBreakdown {
    let reward = opinions.reduce(Float(0)) { $0 + route.shares[$1.category] * $1.opinion.rewards[response] }
    let first = opinions.max { route.shares[$0.category] < route.shares[$1.category] }
    let points = first.map { inner[$0.category].category.points } ?? []
    let capabilities = first?.opinion.capabilities.map { $0[response] } ?? []
    return RewardBreakdown(
      reward: reward, category: first.map { inner[$0.category].category.id } ?? "", routing: route.probabilities,
      isMixture: opinions.count > 1,
      capabilities: zip(points, capabilities).map { .init(point: $0.id, reward: $1) },
      disagreement: capabilities.standardDeviation, tokenCount: encoded.tokenCount(ofResponse: response),
      isTruncated: encoded.isTruncated)
  }

  /// The router's probabilities, and what each category's reward counts for: one of them 1, or a mixture.
  struct Route {
    var probabilities: [Float]
    var shares: [Float]
  }

  func routing(
    of conversations: [Conversation], category: String?, trunk: TrunkCache? = nil
  ) throws -> [Route] {
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
      let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
      if case .mixture(let threshold) = configuration.routing, probabilities[best] < threshold {
        return Route(probabilities: probabilities, shares: probabilities)
      }
      return Route(probabilities: probabilities, shares: probabilities.indices.map { $0 == best ? 1 : 0 })
    }
  }
}

/// What one inner mixture says of the responses to one conversation.
struct Opinion {
  /// Normalised, one a response.
  var rewards: [Float]
  /// By expert, then by response, normalized where a rule combines them; empty where the base alone was asked.
  var capabilities: [[Float]]
}

extension InnerMoE {
  /// Rows of one pass, over all experts: enough for products to be fast, few enough for some hundred megabytes.
  private static let rowLimit = 3072

  /// Scores the responses of several conversations: a prompt that several have is read once, and so is a response that
  /// it has several times, which makes equal texts of one call equal in reward.
  ///
  /// - Throws: `ModelError.nonFiniteReward`.
  func opinions(_ items: [EncodedResponses], _ model: RewardModel, _ cache: TrunkCache?) throws -> [Opinion] {
    let prompts = Distinct(items.map(\.prompt))
    var responses = prompts.values.map { _ in [[Int32]]() }
    let ranges = zip(items, prompts.places).map { item, place in
      responses[place] += item.responses
      return responses[place].count - item.responses.count..<responses[place].count
    }
    let texts = responses.map { Distinct($0) }
    let found = try distinctOpinions(
      zip(prompts.values, texts).map { EncodedResponses(prompt: $0, responses: $1.values) }, model, cache)
    return zip(prompts.places, ranges).map { place, range in found[place].picking(texts[place].places[range]) }
  }

  /// Scores responses of which no two are equal, those of many responses by prompts that are kept.
  private func distinctOpinions(
    _ items: [EncodedResponses], _ model: RewardModel, _ cache: TrunkCache?
  ) throws -> [Opinion] {
    let experts = activeExperts
    var result: [Opinion] = []
    for chunk in RewardModel.chunks(items.map { $0.rowCount * experts.count }, limit: Self.rowLimit) {
      if chunk.count == 1, items[chunk.lowerBound].responses.count > 1,
        items[chunk.lowerBound].rowCount * experts.count > Self.rowLimit
      {
        let item = items[chunk.lowerBound]
        let kept = try model.keep(item.prompt, experts: experts.map(\.adapter))
        result.append(try distinctOpinion(item.responses, after: kept, model))
        continue
      }
      let graph = Graph(model.compute)
      let stacks = experts.map { [$0.adapter] }
      let layers = model.trunkDepth(of: stacks)
      let trunk = layers == 0 ? nil : try cache?.rows(items[chunk], model, layers: layers, model.compute)
      let states = try model.states(
        graph, TokenBatch(items[chunk]), experts: stacks, trunk: trunk, trunkLayers: layers)
      let all = try opinion(graph, states)
      var start = 0
      for item in items[chunk] {
        result.append(all.picking(start..<start + item.responses.count))
        start += item.responses.count
      }
    }
    return result
  }

  /// Scores responses to a prompt that was kept, each once, however often it is there.
  ///
  /// - Throws: `ModelError.nonFiniteReward`.
  func opinion(_ responses: [[Int32]], after prompt: KeptPrompt, _ model: RewardModel) throws -> Opinion {
    let texts = Distinct(responses)
    return try distinctOpinion(texts.values, after: prompt, model).picking(texts.places)
  }

  private func distinctOpinion(
    _ responses: [[Int32]], after prompt: KeptPrompt, _ model: RewardModel
  ) throws -> Opinion {
    let experts = activeExperts
    var result = Opinion(rewards: [], capabilities: [])
    for chunk in RewardModel.chunks(responses.map { $0.count * experts.count }, limit: Self.rowLimit) {
      let graph = Graph(model.compute)
      let states = try model.states(
        graph, Array(responses[chunk]), after: prompt, experts: experts.map(\.adapter))
      result.append(try opinion(graph, states))
    }
    return result
  }

  /// Shapes: states [experts · texts, hidden], expert after expert.
  private func opinion(_ graph: Graph, _ states: Variable) throws -> Opinion {
    let experts = activeExperts
    let texts = states.value.rows / experts.count
    var capabilities: [[Float]] = []
    if isMixing {
      capabilities = experts.enumerated().map { index, expert in
        expert.head(graph, Variable(constant: states.value.rows(index * texts..<(index + 1) * texts))).value.elements
      }
    }
    let normal: [Float]
    if isMixing, let combination, let expertNormalizations {
      capabilities = zip(capabilities, expertNormalizations).map { values, normalization in
        values.map { normalization($0) }
      }
      normal = (0..<texts).map { text in combination(capabilities.map { $0[text] }) }
    } else {
      normal = rewards(graph, states).value.elements.map { normalization($0) }
    }
    guard normal.allSatisfy(\.isFinite) else { throw ModelError.nonFiniteReward(category: category.id) }
    return Opinion(rewards: normal, capabilities: capabilities)
  }
}

extension Opinion {
  /// What it says of some of the responses, by their places; one may be there several times.
  fileprivate func picking(_ places: some Sequence<Int>) -> Opinion {
    let places = Array(places)
    return Opinion(
      rewards: places.map { rewards[$0] }, capabilities: capabilities.map { own in places.map { own[$0] } })
  }

  /// Adds what was said of further responses.
  fileprivate mutating func append(_ other: Opinion) {
    rewards += other.rewards
    capabilities = capabilities.isEmpty ? other.capabilities : zip(capabilities, other.capabilities).map(+)
  }
}

extension [Float] {
  /// The population standard deviation; 0 for fewer than two values.
  var standardDeviation: Float {
    guard count > 1 else { return 0 }
    let mean = reduce(0, +) / Float(count)
    return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(count)).squareRoot()
  }
}
