public import DMoEData

/// A request to a language model, in terms of the chat completions API.
public struct CompletionRequest: Sendable, Hashable, Codable {
  /// The model as its service names it.
  public var model: String
  /// The conversation to complete.
  public var messages: [Message]
  /// The temperature of sampling: how far it departs from the likeliest token; 0 is as deterministic as the service
  /// gets.
  public var temperature: Float?
  /// The longest reply, in tokens; nil is the service's default.
  public var maximumTokens: Int?
  /// The seed that makes sampling repeatable where the service can.
  public var seed: UInt64?
  /// The number of alternatives to report for each token, with their log-probabilities; nil reports none.
  public var topLogProbabilities: Int?
  /// A JSON schema, as JSON text, that the reply must follow; services may ignore it.
  public var responseSchema: String?

  /// A request; what is nil is left to the service.
  public init(
    model: String, messages: [Message], temperature: Float? = 0, maximumTokens: Int? = nil, seed: UInt64? = nil,
    topLogProbabilities: Int? = nil, responseSchema: String? = nil
  ) {
    self.model = model
    self.messages = messages
    self.temperature = temperature
    self.maximumTokens = maximumTokens
    self.seed = seed
    self.topLogProbabilities = topLogProbabilities
    self.responseSchema = responseSchema
  }
}
