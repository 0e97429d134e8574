/// An estimate of the tokens that a request and its reply take, made before it is sent.
@_spi(Command) public struct TokenEstimate: Sendable, Hashable {
  /// Tokens of the request.
  public var promptTokens: Int
  /// Tokens of the reply.
  public var completionTokens: Int

  /// Token counts.
  public init(promptTokens: Int, completionTokens: Int) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
  }

  /// Both together, at most the largest number.
  public var tokens: Int {
    let (sum, overflow) = promptTokens.addingReportingOverflow(completionTokens)
    return overflow ? .max : sum
  }

  /// Tokens that a chat template may add to each message: role, separators, line ends.
  ///
  /// Known templates add 3 to 8.
  public static let messageOverhead = 16
  /// Tokens that a chat template may add to a request: its start, the beginning of the reply, a system message of the
  /// template's own where the request has none.
  public static let requestOverhead = 64

  /// The most tokens that a request can take; nil if it sets no limit to the length of its reply.
  ///
  /// A byte-level tokenizer never makes more tokens than there are bytes of UTF-8. The schema counts too: services may
  /// show it to the model.
  public static func upperBound(for request: CompletionRequest) -> TokenEstimate? {
    guard let limit = request.maximumTokens else { return nil }
    return TokenEstimate(promptTokens: promptBound(for: request), completionTokens: max(limit, 0))
  }

  /// The most tokens that a request can take without its reply.
  public static func promptBound(for request: CompletionRequest) -> Int {
    promptBytes(of: request) + request.messages.count * messageOverhead + requestOverhead
  }

  /// The bytes of all messages and of the schema.
  public static func promptBytes(of request: CompletionRequest) -> Int {
    request.messages.reduce(request.responseSchema?.utf8.count ?? 0) { $0 + $1.content.utf8.count }
  }

  /// The tokens that a request will probably take, for a calculation in advance.
  ///
  /// With replies of the same model, their tokens per byte and the mean length of a reply. Without, a rule of
  /// thumb: four ASCII characters, or one other character, are a token.
  ///
  /// - Parameters:
  ///   - request: the request whose tokens are estimated.
  ///   - use: what a ledger knows of the model.
  ///   - replyTokens: the length of a reply where nothing is known; nil is as long as it may be.
  public static func likely(
    for request: CompletionRequest, use: ModelUse? = nil, replyTokens: Int? = nil
  ) -> TokenEstimate {
    let limit = request.maximumTokens.map { max($0, 0) }
    if let use, use.measuredReplies > 0, use.measuredBytes > 0 {
      let ratio = Double(use.measuredPromptTokens) / Double(use.measuredBytes)
      let mean = (Double(use.measuredCompletionTokens) / Double(use.measuredReplies)).rounded(.up)
      return TokenEstimate(
        promptTokens: Int(exactly: (Double(promptBytes(of: request)) * ratio).rounded(.up)) ?? .max,
        completionTokens: min(Int(exactly: mean) ?? .max, limit ?? .max))
    }
    var ascii = request.responseSchema?.utf8.count ?? 0
    var others = 0
    for message in request.messages {
      for scalar in message.content.unicodeScalars {
        if scalar.isASCII { ascii += 1 } else { others += 1 }
      }
    }
    return TokenEstimate(
      promptTokens: (ascii + 3) / 4 + others + 4 * request.messages.count,
      completionTokens: replyTokens.map { min($0, limit ?? .max) } ?? limit ?? 0)
  }
}
