import DMoERM

/// Responses to one conversation that are to be scored.
struct ScoringItem: Sendable {
  var conversation: Conversation
  var responses: [String]
  /// The task category by the model's own name; nil leaves it to the router.
  var category: String?
  /// Whether rewards are in deviations of the category's training rewards, where the bundle has these.
  var isNormalized = true
}

/// What became of an item.
struct ScoredItem: Sendable {
  /// One for every response, in their order.
  var responses: [Result<RewardBreakdown, ServeError>]
  /// Tokens of the prompt, template included.
  var promptTokens: Int
  /// Whether the prompt had been read before.
  var isCached: Bool

  /// Responses of which none could be scored.
  init(_ count: Int, failure: ServeError) {
    self.init(responses: Array(repeating: .failure(failure), count: count), promptTokens: 0, isCached: false)
  }

  init(responses: [Result<RewardBreakdown, ServeError>], promptTokens: Int, isCached: Bool) {
    self.responses = responses
    self.promptTokens = promptTokens
    self.isCached = isCached
  }

  /// Tokens of all responses that were scored.
  var responseTokens: Int {
    responses.reduce(0) { sum, response in
      guard case .success(let breakdown) = response else { return sum }
      return sum + max(0, breakdown.tokenCount - promptTokens)
    }
  }
}
