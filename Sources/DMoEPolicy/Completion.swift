/// A text that a language model wrote after a prompt.
public struct Completion: Sendable, Equatable {
  /// A token that was written, with how likely it was.
  public struct Token: Sendable, Equatable {
    /// Its place in the vocabulary.
    public let id: Int32
    /// The logarithm of its probability by the model's own distribution, at temperature 1 and with nothing cut off; in
    /// nats.
    public let logProbability: Float
    /// The same by the distribution that it was really drawn from: after penalty, temperature and cuts. 0 where the likeliest
    /// token is always taken.
    public let sampledLogProbability: Float

    /// A token with its log-probabilities.
    public init(id: Int32, logProbability: Float, sampledLogProbability: Float) {
      self.id = id
      self.logProbability = logProbability
      self.sampledLogProbability = sampledLogProbability
    }
  }

  /// Why a text ends.
  public enum FinishReason: String, Sendable, Codable {
    /// The last token is one that ends texts.
    case stopToken = "stop_token"
    /// The text came to a string that ends it.
    case stopString = "stop_string"
    /// It has as many tokens as it may have.
    case length
    /// Prompt and text fill the model's context.
    case context
  }

  /// Which of the samples of its prompt it is: with seed, prompt and settings, what decides it.
  public let sample: Int
  /// What was written, with the token that ends the text if it is there.
  public let tokens: [Token]
  /// The text without control tokens, and cut before the string that ends it; empty where the backbone has no tokenizer.
  public let text: String
  /// Why it ends.
  public let finishReason: FinishReason

  /// The ids of `tokens`.
  public var ids: [Int32] { tokens.map(\.id) }

  /// A text of these tokens.
  public init(sample: Int, tokens: [Token], text: String, finishReason: FinishReason) {
    self.sample = sample
    self.tokens = tokens
    self.text = text
    self.finishReason = finishReason
  }
}
