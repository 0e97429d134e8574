import DMoECore
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
    try prepare([(conversation: conversation, category: category)])[0].get()
  }

  /// Reads a prompt once, for `scores(_:after:)`.
  ///
  /// - Throws: `DataError.emptyTurn`; what `prepare(_:category:)` throws.
  public func prepare(prompt: String) throws -> PreparedPrompt { try prepare(try Conversation(prompt: prompt)) }

  /// Reads several conversations at once, which costs less than one after the other: those of one category share its passes,
  /// and one that cannot be read takes none of the others with it.
  ///
  /// - Returns: One for each, in their order; a failure is what `prepare(_:category:)` throws.
  /// - Throws: What is wrong with the model, and so with all of them.
  @_spi(Command) public func prepare(
    _ prompts: [(conversation: Conversation, category: String?)]
  ) throws -> [Result<PreparedPrompt, any Error>] {
    let read = zip(prompts, try routing(of: prompts)).map { prompt, route in
      Result { () throws -> (route: Route, ids: [Int32]) in
        let route = try route.get()
        let ids = try reader.promptIDs(prompt.conversation)
        try reader.backbone.check(ids)
        return (route, ids)
      }
    }
    var caches: [[(category: Int, cache: PromptCache)]] = prompts.map { _ in [] }
    for (index, mixture) in inner.enumerated() {
      let own = read.indices.filter { place in
        guard case .success(let prompt) = read[place] else { return false }
        return prompt.route.shares[index] > 0 && prompt.ids.count < configuration.maximumTokens
      }
      let texts = Distinct(try own.map { try read[$0].get().ids })
      for (place, cache) in zip(own, texts.spread(try reader.keep(texts.values, mixture.query))) {
        caches[place].append((index, cache))
      }
    }
    // A companion has one category.
    let others = try companions.map { try $0.prepare(prompts.map { (conversation: $0.conversation, category: nil) }) }
    return prompts.enumerated().map { place, prompt in
      Result { () throws -> PreparedPrompt in
        let (route, ids) = try read[place].get()
        return PreparedPrompt(
          conversation: prompt.conversation, routing: route.probabilities, ids: ids, category: prompt.category,
          route: route, caches: caches[place], identity: identity,
          companions: try others.map { try $0[place].get() })
      }
    }
  }

  /// How many tokens a conversation has as a prompt, template included; it is not read.
  ///
  /// - Throws: `TokenizerError`.
  @_spi(Command) public func promptTokenCount(of conversation: Conversation) throws -> Int {
    try reader.promptIDs(conversation).count
  }

  /// Memory that a prompt takes when it is prepared, in bytes: as much as it may be, whichever category it is of. Of one that
  /// leaves no room for a response nothing is kept.
  ///
  /// - Parameter tokens: The prompt's tokens, template included.
  @_spi(Command) public func preparedByteCount(tokens: Int) -> Int {
    let own = tokens < configuration.maximumTokens ? inner.map { reader.keptByteCount(tokens: tokens, $0.query) } : []
    let isMixed = if case .mixture = configuration.routing { true } else { false }
    return (isMixed ? own.reduce(0, +) : own.max() ?? 0)
      + companions.reduce(0) { $0 + $1.preparedByteCount(tokens: tokens) }
  }
}
