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
  /// Memory that the kept keys and values take, in bytes.
  public var byteCount: Int { kept.reduce(0) { $0 + $1.prompt.byteCount } }

  let ids: [Int32]
  let category: String?
  let route: RewardModel.Route
  /// By category that counts; none if the prompt alone is over the model's length, and has to lose turns.
  let kept: [(category: Int, prompt: KeptPrompt)]
  let identity: ModelIdentity
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
    let ids = try configuration.template.promptIDs(turns: conversation.roleTurns, tokenizer: tokenizer)
    let fits = ids.count < configuration.maximumTokens
    let kept = try inner.indices.filter { fits && route.shares[$0] > 0 }.map { index in
      (category: index, prompt: try keep(ids, experts: inner[index].activeExperts.map(\.adapter)))
    }
    return PreparedPrompt(
      conversation: conversation, routing: route.probabilities, ids: ids, category: category, route: route, kept: kept,
      identity: identity)
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
    guard !responses.isEmpty else { throw ModelError.emptyInput("the list of responses") }
    guard responses.allSatisfy({ !$0.isBlank }) else { throw ModelError.emptyInput("a response") }
    let answers = try responses.map { try configuration.template.responseIDs($0, tokenizer: tokenizer) }
    let fitting = responses.indices.filter {
      !prompt.kept.isEmpty && prompt.ids.count + answers[$0].count <= configuration.maximumTokens
    }
    var results = [RewardBreakdown?](repeating: nil, count: responses.count)
    if !fitting.isEmpty {
      let encoded = EncodedResponses(prompt: prompt.ids, responses: fitting.map { answers[$0] })
      let opinions = try prompt.kept.map { category, kept in
        (category: category, opinion: try inner[category].opinion(encoded.responses, after: kept, self))
      }
      for (index, place) in fitting.enumerated() {
        results[place] = breakdown(encoded, index, prompt.route, opinions)
      }
    }
    for place in responses.indices where results[place] == nil {
      results[place] = try breakdown(of: responses[place], to: prompt.conversation, category: prompt.category)
    }
    return results.compactMap { $0 }
  }
}
