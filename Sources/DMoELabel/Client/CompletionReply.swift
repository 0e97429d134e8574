/// A reply of a language model.
public struct CompletionReply: Sendable, Hashable, Codable {
  /// The reason why a reply ended.
  public enum FinishReason: Sendable, Hashable {
    /// The model was done.
    case stop
    /// The reply reached the token limit and is cut off.
    case length
    /// The service withheld text.
    case contentFilter
    /// Something else, in the service's words.
    case other(String)
  }

  /// The numbers of tokens that were spent.
  public struct Usage: Sendable, Hashable, Codable {
    /// Tokens of the request.
    public var promptTokens: Int
    /// Tokens of the reply.
    public var completionTokens: Int
    /// Those of `promptTokens` that the service had in its cache.
    public var cachedTokens: Int

    /// Token counts.
    public init(promptTokens: Int, completionTokens: Int, cachedTokens: Int = 0) {
      self.promptTokens = promptTokens
      self.completionTokens = completionTokens
      self.cachedTokens = cachedTokens
    }
  }

  /// A token of the reply, or an alternative to it, with its log-probability.
  public struct TokenLogProbability: Sendable, Hashable, Codable {
    /// The token as text.
    public var token: String
    /// The natural logarithm of its probability.
    public var logProbability: Float
    /// The likeliest tokens in its place, if they were asked for; an alternative has none itself.
    public var alternatives: [TokenLogProbability]

    /// A token and its alternatives.
    public init(token: String, logProbability: Float, alternatives: [TokenLogProbability] = []) {
      self.token = token
      self.logProbability = logProbability
      self.alternatives = alternatives
    }
  }

  /// The reply; empty if the model refused.
  public var text: String
  /// The model's words of refusal, if it refused.
  public var refusal: String?
  /// The reason why a reply ended.
  public var finishReason: FinishReason
  /// The numbers of tokens that were spent; nil if the service does not say.
  public var usage: Usage?
  /// The tokens of the reply, if their log-probabilities were asked for and given.
  public var tokens: [TokenLogProbability]?

  /// A reply.
  public init(
    text: String, refusal: String? = nil, finishReason: FinishReason = .stop, usage: Usage? = nil,
    tokens: [TokenLogProbability]? = nil
  ) {
    self.text = text
    self.refusal = refusal
    self.finishReason = finishReason
    self.usage = usage
    self.tokens = tokens
  }
}

extension CompletionReply.FinishReason: Codable {
  /// The reason in the words of the chat completions API.
  public init(name: String) {
    switch name {
    case "stop": self = .stop
    case "length": self = .length
    case "content_filter": self = .contentFilter
    default: self = .other(name)
    }
  }

  /// The reason in the words of the chat completions API.
  public var name: String {
    switch self {
    case .stop: "stop"
    case .length: "length"
    case .contentFilter: "content_filter"
    case .other(let name): name
    }
  }

  /// Reads `name`.
  public init(from decoder: any Decoder) throws {
    self.init(name: try decoder.singleValueContainer().decode(String.self))
  }

  /// Writes `name`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
