import DMoEData

/// The settings of regularization, which keeps bases, experts and aggregators from fitting their pairs too closely. It
/// is part of what a step minimizes, and of no validation loss and no reward.
///
/// ```swift
/// let regularization = Regularization(languageModeling: .init(weight: 0.01), headDropout: .init(rate: 0.1, masks: 4))
/// ```
public struct Regularization: Sendable, Equatable, Codable {
  /// A regularization by language modeling: the states that a value head reads go on to predict the better response's
  /// tokens, through the backbone's own language-model head, which is frozen (GRM; Yang et al., 2406.10216). Bases and
  /// experts.
  public struct LanguageModeling: Sendable, Equatable, Codable {
    /// The weight of the mean cross-entropy of a token, in nats, beside the ranking loss of a pair.
    public var weight: Double
    /// Tokens of a response that are predicted in one step, drawn at random; fewer if it is shorter.
    public var tokens: Int

    /// Language modeling with this weight.
    public init(weight: Double = 0.01, tokens: Int = 16) {
      self.weight = weight
      self.tokens = tokens
    }
  }

  /// A regularization by dropout: value heads read their states under the mean of several dropout masks while they
  /// train (after PIRA, 2511.20668). A reward is computed without, which for a linear head is the mean over all masks.
  /// Bases and experts.
  public struct HeadDropout: Sendable, Equatable, Codable {
    /// The share of a state's elements that one mask sets to 0.
    public var rate: Float
    /// Masks that are averaged, at most 1,024.
    public var masks: Int

    /// Dropout with this rate, averaged over this many masks.
    public init(rate: Float = 0.1, masks: Int = 4) {
      self.rate = rate
      self.masks = masks
    }
  }

  /// Language modeling on the chosen responses beside the ranking loss; `nil` for none.
  public var languageModeling: LanguageModeling?
  /// Weight of the squared sum of all rewards of a step (batch-wise sum-to-zero; Hong et al., 2505.07271). Bases, experts
  /// and aggregators.
  public var batchSum: Double?
  /// Averaged dropout on the states that value heads read; `nil` for none.
  public var headDropout: HeadDropout?

  /// A regularization of these terms; the default adds nothing.
  public init(
    languageModeling: LanguageModeling? = nil, batchSum: Double? = nil, headDropout: HeadDropout? = nil
  ) {
    self.languageModeling = languageModeling
    self.batchSum = batchSum
    self.headDropout = headDropout
  }

  /// Adds the squared sum of a step's rewards to the result and the gradient of one of its passes.
  ///
  /// - Parameter otherRewards: The sum of the rewards of the step's other passes.
  func addBatchSum(_ result: inout PassResult, _ gradient: inout [Float], otherRewards: Double) {
    guard let batchSum else { return }
    let sum = result.rewards + otherRewards
    result.regularization = (result.regularization ?? 0) + batchSum * sum * sum * result.weight
    for index in gradient.indices { gradient[index] += Float(2 * batchSum * sum) }
  }

  func validate(_ require: Requirement<TrainError>) throws {
    try require("languageModeling.weight", languageModeling?.weight, .atLeast(0))
    try require("languageModeling.tokens", languageModeling?.tokens, .atLeast(1))
    try require("batchSum", batchSum, .atLeast(0))
    try require("headDropout.rate", headDropout?.rate, .within(0..<1))
    try require("headDropout.masks", headDropout?.masks, .within(1...1024))
  }
}

extension Regularization.LanguageModeling: SettingsGroup {
  /// The values of what a text does not name.
  package static var defaults: Self { Self() }
}

extension Regularization.HeadDropout: SettingsGroup {
  /// The values of what a text does not name.
  package static var defaults: Self { Self() }
}
