/// The settings by which a judge's replies are sampled.
public struct JudgeSampling: Sendable, Hashable, Codable {
  /// The temperature of sampling: how far it departs from the likeliest token; 0 repeats best, nil is the service's
  /// default.
  public var temperature: Float?
  /// The longest reply, in tokens, thoughts included; nil is `defaultMaximumTokens`.
  public var maximumTokens: Int?
  /// The seed that makes sampling repeatable where the service can.
  public var seed: UInt64?
  /// The number of alternatives to report for each token; nil reports none, and verdicts have no probability.
  public var topLogProbabilities: Int?
  /// Whether the request carries the JSON schema of a verdict; replies in plain text are read all the same.
  public var usesSchema: Bool

  /// Settings of sampling.
  public init(
    temperature: Float? = 0, maximumTokens: Int? = nil, seed: UInt64? = nil, topLogProbabilities: Int? = nil,
    usesSchema: Bool = true
  ) {
    self.temperature = temperature
    self.maximumTokens = maximumTokens
    self.seed = seed
    self.topLogProbabilities = topLogProbabilities
    self.usesSchema = usesSchema
  }

  /// Room for the thoughts of models that think before they answer; others end after a few tokens, and are billed for
  /// those.
  public static let defaultMaximumTokens = 4096

  /// The longest reply to a template, in tokens.
  public func maximumTokens(for prompt: ComparisonPrompt) -> Int { maximumTokens ?? Self.defaultMaximumTokens }

  /// How long a reply to a template is without thoughts, in tokens, for a calculation in advance.
  func likelyTokens(for prompt: ComparisonPrompt) -> Int {
    min(maximumTokens(for: prompt), prompt.asksForReason ? 256 : 16)
  }
}
