public import DMoEData

/// An evaluation of rewards on responses whose order is known, beside what length alone would get.
///
/// ```swift
/// let evaluation = try model.evaluate(samples: heldOut)
/// print(evaluation.textTable())
/// ```
///
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
  /// The slices by "category/point", on samples that rank by a capability point.
  public let capabilities: [RankingSlice]
  /// On the pairs of `overall`: of σ(difference / `temperature`), which is the probability that the model gives
  /// (`RewardModel.preferenceProbability`).
  public let calibration: Calibration
  /// What differences were divided by for `calibration` and the slices' losses: the model's own.
  public let temperature: Double
  /// On the responses of overall preferences, each text once.
  public let lengthCorrelation: LengthCorrelation
  /// Samples counted, those that rank by a capability point included.
  public let samples: Int
  /// Samples left out because they are longer than the model reads.
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
      samples: samples, rewards: rewards, expertRewards: expertRewards, categories: categories,
      temperature: temperature, overLength: 0)
  }

  init(
    samples: [RankedResponses], rewards: [[Float]], expertRewards: [[Float]?]?, categories: [String?]?,
    temperature: Float, overLength: Int
  ) throws {
    try Self.check(samples, rewards, expertRewards, categories)
    guard temperature > 0, temperature.isFinite else {
      throw EvaluationError.invalidRewards(reason: "the temperature is \(temperature)")
    }
    self.temperature = Double(temperature)
    let none = RankingTally(temperature: Double(temperature))
    var total = none
    var slices = [[String: RankingTally]](repeating: [:], count: 4)
    var differences: [Double] = []
    var seen = Set<ScoredText>()
    var texts: (rewards: [Double], lengths: [Int]) = ([], [])
    for (index, sample) in samples.enumerated() {
      let own = rewards[index].map(Double.init)
      let lengths = sample.responses.map(\.count)
      let category = categories?[index] ?? sample.category
      for pair in sample.pairs {
        let scored = ScoredPair(
          difference: own[pair.chosen] - own[pair.rejected],
          expertDifference: expertRewards?[index].map { Double($0[pair.chosen]) - Double($0[pair.rejected]) },
          lengthDifference: lengths[pair.chosen] - lengths[pair.rejected])
        if let point = sample.capability {
          slices[3][category.map { "\($0)/\(point)" } ?? point, default: none].add(scored)
          continue
        }
        total.add(scored)
        differences.append(scored.difference / Double(temperature))
        for (place, key) in [category, sample.source, sample.language].enumerated() {
          if let key { slices[place][key, default: none].add(scored) }
        }
      }
      guard sample.capability == nil else { continue }
      for (place, response) in sample.responses.enumerated()
      where seen.insert(ScoredText(conversation: sample.conversation, response: response)).inserted {
        texts.rewards.append(own[place])
        texts.lengths.append(lengths[place])
      }
    }
    let sorted = slices.map { $0.sorted { $0.key < $1.key }.map { $1.slice($0) } }
    overall = total.slice("overall")
    self.categories = sorted[0]
    sources = sorted[1]
    languages = sorted[2]
    capabilities = sorted[3]
    calibration = Calibration(differences: differences)
    lengthCorrelation = LengthCorrelation(rewards: texts.rewards, lengths: texts.lengths)
    self.samples = samples.count
    overLengthSamples = overLength
  }

  private static func check(
    _ samples: [RankedResponses], _ rewards: [[Float]], _ expertRewards: [[Float]?]?, _ categories: [String?]?
  ) throws {
    for count in [rewards.count, expertRewards?.count, categories?.count] {
      if let count, count != samples.count {
        throw EvaluationError.invalidRewards(reason: "\(count) lists for \(samples.count) samples")
      }
    }
    for (index, sample) in samples.enumerated() {
      for list in [rewards[index], expertRewards?[index]] {
        guard let list else { continue }
        guard list.count == sample.responses.count else {
          throw EvaluationError.invalidRewards(
            reason: "sample \(index) has \(sample.responses.count) responses and \(list.count) rewards")
        }
        guard list.allSatisfy(\.isFinite) else {
          throw EvaluationError.invalidRewards(reason: "a reward of sample \(index) is not finite")
        }
      }
    }
  }
}

/// A response with what it answers.
private struct ScoredText: Hashable {
  var conversation: Conversation
  var response: String
}
