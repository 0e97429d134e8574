public import DMoEData
import DMoEEvaluate

/// What a policy writes to prompts that it was not trained on, and what judges say of it.
///
/// ```swift
/// let prompts: [Conversation] = ["Why is the sky blue?", "What is a tide?"]
/// let brief = RewardClosure("brief") { _, texts in texts.map { -Float($0.count) / 100 } }
/// let before = try await policy.evaluate(on: prompts, by: [model, brief])
/// print(before.reward(by: 0)?.value as Any, before.divergence?.value as Any)
/// ```
public struct PolicyEvaluation: Sendable, Equatable, Codable {
  /// What was written to one prompt.
  public struct Answers: Sendable, Equatable, Codable {
    /// What was answered.
    public let prompt: Conversation
    /// The texts, in the order of the samples.
    public let texts: [String]
    /// The numbers of tokens of the texts.
    public let tokens: [Int]
    /// Which of the texts were cut off before they came to an end.
    public let truncated: [Bool]
    /// log π − log π of the reference of every text, in nats: its mean over samples is the divergence.
    public let divergences: [Double]
    /// What each judge gives each text; `nil` where it abstains. Shape: [judges][texts].
    public internal(set) var rewards: [[Float?]]
  }

  /// The names of the judges.
  public let judges: [String]
  /// Prompt by prompt.
  public let answers: [Answers]

  /// A mean over prompts with its 95 % interval, found by resampling prompts (percentiles of 2,000 resamples).
  public struct Mean: Sendable, Equatable, Codable {
    /// The mean over prompts of the mean over a prompt's texts.
    public let value: Double
    /// The 95 % interval of the mean.
    public let interval: ClosedRange<Double>

    /// - Parameter values: One a prompt.
    init?(of values: [Double]) {
      guard let interval = Bootstrap.meanInterval(of: values, clusters: Array(values.indices)) else { return nil }
      value = values.reduce(0, +) / Double(values.count)
      self.interval = interval
    }
  }

  /// The mean reward by one of the judges; `nil` if it abstains from all.
  public func reward(by judge: Int) -> Mean? { Mean(of: answers.compactMap { $0.reward(by: judge) }) }

  /// How many nats a text is from what the reference would write; `nil` without prompts.
  public var divergence: Mean? { Mean(of: answers.map { $0.divergences.mean }) }

  /// The mean number of tokens of a text; `nil` without prompts.
  public var tokens: Mean? { Mean(of: answers.map { $0.tokens.map(Double.init).mean }) }

  /// The share of texts that were cut off.
  public var truncated: Double { answers.flatMap(\.truncated).map { $0 ? 1 : 0 }.mean }

  /// The share of texts from which a judge abstains.
  public func abstentions(by judge: Int) -> Double {
    answers.flatMap { $0.rewards[judge] }.map { $0 == nil ? 1 : 0 }.mean
  }
}

extension PolicyEvaluation.Answers {
  /// The mean reward of the texts that have one; `nil` if none has.
  public func reward(by judge: Int) -> Double? {
    let known = rewards[judge].compactMap { $0.map(Double.init) }
    return known.isEmpty ? nil : known.mean
  }
}
