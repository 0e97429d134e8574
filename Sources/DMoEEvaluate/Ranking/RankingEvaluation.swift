public import DMoEData

/// The ranking accuracy of rewards, on all pairs and by category, source and language, beside that of choosing the longer
/// response.
///
/// ```swift
/// let evaluation = try model.evaluate(samples: heldOut)
/// print(evaluation.textTable())
/// ```
///
/// Intervals are by prompts: pairs of one prompt are right or wrong together.
/// Samples that rank by a capability point are counted in `capabilities` only: everything else speaks of overall
/// preferences. Responses of equal rank form no pair.
public struct RankingEvaluation: Sendable, Hashable, Codable {
  /// All pairs of overall preferences.
  public let overall: RankingSlice
  /// The slices by task category; like all slices in the order of their names, without those that have no pair.
  public let categories: [RankingSlice]
  /// The slices by data set; samples without a source are left out.
  public let sources: [RankingSlice]
  /// The slices by language; samples without one are left out.
  public let languages: [RankingSlice]
  /// The slices by the length of what is read, the conversation with the longer response of a pair, in characters.
  public let lengths: [RankingSlice]
  /// The slices by "category/point", on samples that rank by a capability point.
  public let capabilities: [RankingSlice]
  /// The calibration on the pairs of `overall`, with σ(difference / `temperature`) as the probability that the model gives
  /// (`RewardModel.preferenceProbability`).
  public let calibration: Calibration
  /// The model's temperature, by which differences were divided for `calibration` and the slices' losses.
  public let temperature: Double
  /// The correlation of reward and length over the responses of overall preferences, each text once.
  public let lengthCorrelation: LengthCorrelation
  /// What rewards know besides length, over the pairs of `overall`.
  public let lengthControl: LengthControl
  /// The number of samples counted, those that rank by a capability point included.
  public let samples: Int
  /// The number of samples left out because they are longer than the model reads.
  public let overLengthSamples: Int

  /// Evaluates rewards that are known already.
  ///
  /// - Parameters:
  ///   - samples: The samples whose order is known.
  ///   - rewards: One list a sample, one finite reward a response.
  ///   - expertRewards: What the capability expert of each sample's point says, in the same shape; nil where there is
  ///     none, or for all.
  ///   - categories: The category that each sample is counted under; nil, or nil for all, is the sample's own.
  ///   - temperature: That of the model which gave the rewards.
  /// - Throws: `EvaluationError.invalidRewards`.
  public init(
    samples: [RankedResponses], rewards: [[Float]], expertRewards: [[Float]?]? = nil, categories: [String?]? = nil,
    temperature: Float = 1
  ) throws {
    try self.init(
      samples: samples, rewards: rewards, expertRewards: expertRewards, otherExperts: nil, categories: categories,
      temperature: temperature, overLength: 0)
  }

  /// Evaluates what a model and its experts have said.
  ///
  /// - Parameters:
  ///   - samples: The samples whose order is known.
  ///   - lines: One a sample; samples whose line has no rewards are left out and counted.
  ///   - temperature: That of the model which gave the rewards.
  /// - Throws: `EvaluationError.invalidRewards`.
  public init(samples: [RankedResponses], lines: [RewardLine], temperature: Float = 1) throws {
    guard samples.count == lines.count else {
      throw EvaluationError.invalidRewards(reason: "\(lines.count) lines for \(samples.count) samples")
    }
    let kept = zip(samples, lines).filter { $1.rewards != nil }
    try self.init(
      samples: kept.map(\.0), rewards: kept.compactMap(\.1.rewards),
      expertRewards: kept.map { sample, line in sample.capability.flatMap { line.experts[$0] } },
      otherExperts: kept.map { sample, line in line.experts.filter { $0.key != sample.capability }.map(\.value) },
      categories: kept.map { sample, line in sample.category ?? line.judge }, temperature: temperature,
      overLength: samples.count - kept.count)
  }

  init(
    samples: [RankedResponses], rewards: [[Float]], expertRewards: [[Float]?]?, otherExperts: [[[Float]]]?,
    categories: [String?]?, temperature: Float, overLength: Int
  ) throws {
    guard temperature > 0, temperature.isFinite else {
      throw EvaluationError.invalidRewards(reason: "the temperature is \(temperature)")
    }
    for count in [rewards.count, expertRewards?.count, categories?.count] {
      if let count, count != samples.count {
        throw EvaluationError.invalidRewards(reason: "\(count) lists for \(samples.count) samples")
      }
    }
    var tally = RankingTally(temperature: Double(temperature))
    for (index, sample) in samples.enumerated() {
      try Self.check(rewards[index], of: sample, index)
      if let experts = expertRewards?[index] { try Self.check(experts, of: sample, index) }
      tally.add(
        sample, rewards: rewards[index], expertRewards: expertRewards?[index], others: otherExperts?[index] ?? [],
        category: categories?[index] ?? sample.category)
    }
    overall = tally.overall.slice("overall")
    self.categories = tally.slices(.category)
    sources = tally.slices(.source)
    languages = tally.slices(.language)
    lengths = tally.slices(.length)
    capabilities = tally.slices(.capability)
    calibration = Calibration(differences: tally.pairs.map { $0.difference / Double(temperature) })
    self.temperature = Double(temperature)
    lengthControl = LengthControl(tally.pairs)
    lengthCorrelation = LengthCorrelation(rewards: tally.textRewards, lengths: tally.textLengths)
    self.samples = samples.count
    overLengthSamples = overLength
  }

  private static func check(_ rewards: [Float], of sample: RankedResponses, _ index: Int) throws {
    guard rewards.count == sample.responses.count else {
      throw EvaluationError.invalidRewards(
        reason: "sample \(index) has \(sample.responses.count) responses and \(rewards.count) rewards")
    }
    guard rewards.allSatisfy(\.isFinite) else {
      throw EvaluationError.invalidRewards(reason: "a reward of sample \(index) is not finite")
    }
  }
}
