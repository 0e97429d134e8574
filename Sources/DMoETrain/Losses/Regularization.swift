/// The settings of regularization, which keeps bases, experts and aggregators from fitting their pairs too closely. It
/// is part of what a step minimizes, and of no validation loss and no reward.
///
/// ```swift
/// let regularization = Regularization(languageModelling: .init(weight: 0.01), headDropout: .init(rate: 0.1, masks: 4))
/// ```
public struct Regularization: Sendable, Equatable, Codable {
  /// A regularization by language modeling: the states that a value head reads go on to predict the better response's
  /// tokens, through the backbone's own language-model head, which is frozen (GRM; Yang et al., 2406.10216). Bases and
  /// experts.
  public struct LanguageModelling: Sendable, Equatable, Codable {
    /// The weight of the mean cross-entropy of a token, in nats, beside the ranking loss of a pair.
    public var weight: Double
    /// Tokens of a response that are predicted in one step, drawn at random; fewer if it is shorter.
    public var tokens: Int

    /// Language modeling with this weight.
    public init(weight: Double = 0.01, tokens: Int = 16) {
      self.weight = weight
      self.tokens = tokens
    }

    /// Reads the settings; a missing key has its default.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      let standard = Self()
      weight = try values.decodeIfPresent(Double.self, forKey: .weight) ?? standard.weight
      tokens = try values.decodeIfPresent(Int.self, forKey: .tokens) ?? standard.tokens
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

    /// Reads the settings; a missing key has its default.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      let standard = Self()
      rate = try values.decodeIfPresent(Float.self, forKey: .rate) ?? standard.rate
      masks = try values.decodeIfPresent(Int.self, forKey: .masks) ?? standard.masks
    }
  }

  /// Language modeling on the chosen responses beside the ranking loss; `nil` for none.
  public var languageModelling: LanguageModelling?
  /// Weight of the squared sum of all rewards of a step (batch-wise sum-to-zero; Hong et al., 2505.07271). Bases, experts
  /// and aggregators.
  public var batchSum: Double?
  /// Averaged dropout on the states that value heads read; `nil` for none.
  public var headDropout: HeadDropout?

  /// A regularization of these terms; the default adds nothing.
  public init(
    languageModelling: LanguageModelling? = nil, batchSum: Double? = nil, headDropout: HeadDropout? = nil
  ) {
    self.languageModelling = languageModelling
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

  func validate() throws {
    func require(_ condition: Bool, _ reason: String) throws {
      if !condition { throw TrainError.invalidConfiguration(reason: "regularization: \(reason)") }
    }
    if let languageModelling {
      let (weight, tokens) = (languageModelling.weight, languageModelling.tokens)
      try require(
        weight >= 0 && weight.isFinite, "languageModelling.weight is \(weight), and has to be a number from 0 on")
      try require(tokens > 0, "languageModelling.tokens is \(tokens), and has to be 1 or more")
    }
    if let batchSum {
      try require(batchSum >= 0 && batchSum.isFinite, "batchSum is \(batchSum), and has to be a number from 0 on")
    }
    if let headDropout {
      try require(
        (0..<1).contains(headDropout.rate),
        "headDropout.rate is \(headDropout.rate), and has to be from 0 to less than 1")
      try require(
        (1...1024).contains(headDropout.masks),
        "headDropout.masks is \(headDropout.masks), and has to be from 1 to 1024")
    }
  }
}
