/// The tokens and money that requests to one model have used.
@_spi(Command) public struct ModelUse: Sendable, Hashable {
  /// Replies, with reported usage or without.
  public internal(set) var replies = 0
  /// Tokens of requests.
  public internal(set) var promptTokens = 0
  /// Those of `promptTokens` that the service had in its cache.
  public internal(set) var cachedTokens = 0
  /// Tokens of replies.
  public internal(set) var completionTokens = 0
  /// The cost of the tokens.
  public internal(set) var money = Money.zero

  /// Replies of which both the usage and the bytes of the request are known.
  public internal(set) var measuredReplies = 0
  /// The bytes of their requests.
  public internal(set) var measuredBytes = 0
  /// The tokens of their requests.
  public internal(set) var measuredPromptTokens = 0
  /// The tokens of the replies that were measured.
  public internal(set) var measuredCompletionTokens = 0

  /// Takes in a reply.
  mutating func add(_ usage: CompletionReply.Usage?, cost: Money, promptBytes: Int?) {
    replies += 1
    money += cost
    guard let usage else { return }
    promptTokens = Self.sum(promptTokens, usage.promptTokens)
    cachedTokens = Self.sum(cachedTokens, usage.cachedTokens)
    completionTokens = Self.sum(completionTokens, usage.completionTokens)
    guard let promptBytes, promptBytes > 0 else { return }
    measuredReplies += 1
    measuredBytes = Self.sum(measuredBytes, promptBytes)
    measuredPromptTokens = Self.sum(measuredPromptTokens, usage.promptTokens)
    measuredCompletionTokens = Self.sum(measuredCompletionTokens, usage.completionTokens)
  }

  /// Services report these numbers, so they may be anything.
  private static func sum(_ total: Int, _ count: Int) -> Int {
    let (sum, overflow) = total.addingReportingOverflow(max(count, 0))
    return overflow ? .max : sum
  }
}
