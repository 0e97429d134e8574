public import DMoEData

/// A conversation that a model has read and routed, so that each response to it costs only its own tokens.
///
/// ```swift
/// let prompt = try model.prepare(prompt: "Why is the sky blue?")
/// for response in responses { print(try model.score(response, after: prompt)) }
/// ```
///
/// For loops that score responses as they come: best of n, policy training, a server. A value that any number of tasks
/// may use at once; it is of use only to the model that made it, as long as that model's weights stay as they are.
public struct PreparedPrompt: Sendable {
  /// The conversation that was read.
  public let conversation: Conversation
  /// The probability of every task category, from the router or the caller, in the order of the taxonomy.
  public let routing: [Float]
  /// The prompt's tokens, template included.
  public var tokenCount: Int { ids.count }
  /// Memory that its keys and values (the KV cache) take, in bytes.
  public var byteCount: Int {
    caches.reduce(0) { $0 + $1.cache.byteCount } + companions.reduce(0) { $0 + $1.byteCount }
  }

  let ids: [Int32]
  let category: String?
  let route: RewardModel.Route
  /// By category that counts; none if the prompt alone is over the model's length, and has to lose turns.
  let caches: [(category: Int, cache: PromptCache)]
  let identity: ModelIdentity
  /// The same conversation as each companion of the model read it.
  let companions: [PreparedPrompt]
}

/// Which weights a prompt was read with: another one as soon as they change.
final class ModelIdentity: Sendable {}

extension RewardModel {
  /// Reads a conversation once, for `scores(_:after:)`.
  ///
  /// - Parameters:
  ///   - conversation: The conversation that is answered.
  ///   - category: The task category, if it is known; otherwise the router chooses.
  /// - Throws: `ModelError.unknownCategory`, `.untrainedCategory`; `TokenizerError`.
  public func prepare(_ conversation: Conversation, category: String? = nil) throws -> PreparedPrompt {
    let route = try routing(of: [conversation], category: category)[0]
    let ids = try reader.promptIDs(conversation)
    let fits = ids.count < configuration.maximumTokens
    let caches = try (fits ? route.categories : []).map { index in
      (category: index, cache: try reader.keep(ids, inner[index].query))
    }
    return PreparedPrompt(
      conversation: conversation, routing: route.probabilities, ids: ids, category: category, route: route,
      caches: caches, identity: identity, companions: try companions.map { try $0.prepare(conversation) })
  }

  /// Reads a prompt once, for `scores(_:after:)`.
  ///
  /// - Throws: `DataError.emptyTurn`; what `prepare(_:category:)` throws.
  public func prepare(prompt: String) throws -> PreparedPrompt { try prepare(try Conversation(prompt: prompt)) }

  /// The reward of a response to a prepared prompt: what `score(_:to:)` gives, at the cost of the response alone.
  public func score(_ response: String, after prompt: PreparedPrompt) throws -> Float {
    try scores([response], after: prompt)[0]
  }

  /// The rewards of responses to a prepared prompt, in their order.
  ///
  /// A response that is too long for the whole prompt is scored as `scores(_:to:)` scores it, from the start.
  ///
  /// - Throws: `ModelError.stalePrompt` if another model, or this one before a change of its weights, prepared it;
  ///   `.emptyInput`, `.overLength`, `.nonFiniteReward`; `TokenizerError`.
  public func scores(_ responses: [String], after prompt: PreparedPrompt) throws -> [Float] {
    try breakdowns(of: responses, after: prompt).map(\.reward)
  }

  /// The rewards of responses to a prepared prompt with their reasons, in their order.
  public func breakdowns(of responses: [String], after prompt: PreparedPrompt) throws -> [RewardBreakdown] {
    guard prompt.identity === identity else { throw ModelError.stalePrompt }
    let others = try zip(companions, prompt.companions).map { try $0.breakdowns(of: responses, after: $1) }
    return combined(try ownBreakdowns(of: responses, after: prompt), others)
  }

  /// What the model says itself, whatever its companions do.
  private func ownBreakdowns(of responses: [String], after prompt: PreparedPrompt) throws -> [RewardBreakdown] {
    let answers = try reader.responseIDs(responses)
    let fits = answers.map { answer in
      !prompt.caches.isEmpty && prompt.ids.count + answer.count <= configuration.maximumTokens
    }
    let encoded = EncodedResponses(prompt: prompt.ids, responses: zip(answers, fits).filter(\.1).map(\.0))
    let rewards = encoded.responses.isEmpty ? [] : try self.rewards(of: encoded.responses, after: prompt)
    var next = 0
    return try zip(responses, fits).enumerated().map { place, item in
      guard item.1 else { return try breakdownFromTheStart(of: item.0, at: place, prompt) }
      defer { next += 1 }
      return breakdown(of: next, in: encoded, prompt.route, rewards)
    }
  }

  private func rewards(of responses: [[Int32]], after prompt: PreparedPrompt) throws -> [ShareOfReward] {
    try prompt.caches.map { category, cache in
      let states = try reader.read(responses, after: cache)
      let all = try inner[category].rewards(of: states.blocks, compute)
      return ShareOfReward(category: category, rewards: all.picking(states.places[0]))
    }
  }

  /// The breakdown of a response that is too long for the whole prompt.
  private func breakdownFromTheStart(
    of response: String, at place: Int, _ prompt: PreparedPrompt
  ) throws -> RewardBreakdown {
    do {
      return try ownBreakdowns([(prompt.conversation, [response])], category: prompt.category, trunk: nil)[0][0]
    } catch ModelError.overLength(var what) {
      if case .response(_, let tokens) = what.text { what.text = .response(place, tokens: tokens) }
      throw ModelError.overLength(what)
    }
  }
}
