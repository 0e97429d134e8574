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
    let own = try ownBreakdowns(groups, category: category, trunk: cache)
    // What is kept of a trunk is this backbone's; a companion has one category.
    let others = try companions.map { try $0.breakdowns(groups, category: nil, trunk: nil) }
    return own.enumerated().map { group, own in combined(own, others.map { $0[group] }) }
  }

  /// What the model says itself, whatever its companions do.
  func ownBreakdowns(
    _ groups: [(conversation: Conversation, responses: [String])], category: String?, trunk cache: TrunkCache?
  ) throws -> [[RewardBreakdown]] {
    let routes = try routing(of: groups.map(\.conversation), category: category, trunk: cache)
    let encoded = try encode(groups)
    // All parts of all groups, one after the other: one a group, or several where responses keep different turns.
    let parts = zip(encoded, routes).flatMap { group, route in group.parts.map { (encoded: $0, route: route) } }
    var rewards: [[ShareOfReward]] = parts.map { _ in [] }
    for (index, mixture) in inner.enumerated() {
      let own = parts.indices.filter { parts[$0].route.shares[index] > 0 }
      guard !own.isEmpty else { continue }
      let states = try reader.read(own.map { parts[$0].encoded }, mixture.query, cache: cache)
      let all = mixture.rewards(of: states.blocks, compute)
      for (part, places) in zip(own, states.places) {
        rewards[part].append(ShareOfReward(category: index, rewards: all.picking(places)))
      }
    }
    var first = 0
    return try encoded.map { group in
      defer { first += group.parts.count }
      return try group.places.map { place in
        let part = first + place.part
        return try breakdown(of: place.response, in: parts[part].encoded, parts[part].route, rewards[part])
      }
    }
  }

  /// - Throws: `ModelError.overLength`, which says of which conversation where there are several.
  private func encode(_ groups: [(conversation: Conversation, responses: [String])]) throws -> [EncodedGroup] {
    try groups.enumerated().map { place, group in
      do {
        return try reader.encodeApart(group.conversation, responses: group.responses)
      } catch ModelError.overLength(var what) {
        what.conversation = groups.count > 1 ? place : nil
        throw ModelError.overLength(what)
      }
    }
  }

  /// What one category says of the responses to a conversation.
  struct ShareOfReward {
    var category: Int
    var rewards: CategoryRewards
  }

  /// - Parameter rewards: Of every category that counts by the route, in the order of the taxonomy.
  /// - Throws: `ModelError.nonFiniteReward`.
  func breakdown(
    of response: Int, in encoded: EncodedResponses, _ route: Route, _ rewards: [ShareOfReward]
  ) throws -> RewardBreakdown {
    if let bad = rewards.first(where: { !$0.rewards.rewards[response].isFinite }) {
      throw ModelError.nonFiniteReward(category: inner[bad.category].category.id)
    }
    guard let main = rewards.first(where: { $0.category == route.main }) else {
      preconditionFailure("breakdown: no reward of category \(route.main)")
    }
    let category = inner[main.category].category
    let capabilities = main.rewards.capabilities.map { $0[response] }
    // A rule's are in deviations already; others have a scale of their own each, where it is known.
    let scales = configuration.combination == nil ? inner[main.category].expertScales : nil
    let alike = scales.map { zip(capabilities, $0).map { own, scale in scale(own) } } ?? capabilities
    return RewardBreakdown(
      reward: rewards.reduce(Float(0)) { $0 + route.shares[$1.category] * $1.rewards.rewards[response] },
      category: category.id, routing: route.probabilities, isMixture: rewards.count > 1,
      capabilities: zip(category.points, capabilities).map { .init(point: $0.id, reward: $1) },
      disagreement: alike.deviation ?? 0, tokenCount: encoded.tokenCount(ofResponse: response),
      isTruncated: encoded.isTruncated)
  }
}
