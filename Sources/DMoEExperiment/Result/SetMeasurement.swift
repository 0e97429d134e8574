import DMoEData
import DMoEEvaluate

/// A set of overall preferences with its pairs.
struct MeasuredSet {
  let id: SetID
  let samples: [RankedResponses]
  let pairs: SamplePairs

  init(_ set: SampleSet) {
    id = set.id
    samples = set.samples
    pairs = SamplePairs(set.samples)
  }
}

/// What one reading is worth on one set.
struct SetMeasurement {
  let set: MeasuredSet
  /// The rewards of each model that is asked alone.
  let draws: [SetRewards]
  /// What each pair is worth, the mean over draws; nil for pairs that are too long for one of them.
  let credits: [Double?]
  /// The places of pairs that have a credit.
  private let kept: [Int]

  init(_ set: MeasuredSet, _ draws: [SetRewards]) {
    self.set = set
    self.draws = draws
    credits = set.pairs.pairs.map { pair in
      let values = draws.compactMap { $0.credit(of: pair) }
      return values.count == draws.count ? values.mean : nil
    }
    kept = credits.indices.filter { [credits] in credits[$0] != nil }
  }

  /// The measures; nil if no pair could be scored.
  ///
  /// - Parameters:
  ///   - temperatures: One a draw.
  ///   - routing: What routing costs, where that is known.
  ///   - reference: What each pair is worth to the reading that others are compared with; nil for that one itself.
  func result(
    temperatures: [Double], routing: RoutingCost?, reference: [Double?]?
  ) -> ExperimentResult.SetResult? {
    guard !kept.isEmpty else { return nil }
    let calibrations = calibrations(temperatures)
    func mean(_ values: [Double]) -> Double { values.mean ?? 0 }
    return ExperimentResult.SetResult(
      set: set.id, pairs: kept.count, accuracy: accuracy(kept),
      accuracyByMember: draws.map { draw in mean(set.pairs.pairs.compactMap { draw.credit(of: $0) }) },
      shorterChosen: shorterChosen, lengthCorrelation: lengthCorrelation, temperature: mean(temperatures),
      calibrationError: mean(calibrations.compactMap(\.raw.expectedError)),
      calibrationErrorScaled: mean(calibrations.compactMap(\.scaled.expectedError)),
      brier: mean(calibrations.compactMap(\.raw.brierScore)),
      brierScaled: mean(calibrations.compactMap(\.scaled.brierScore)), calibration: calibrations[0].scaled,
      categories: slices { $0.category ?? "unlabeled" }, sources: slices(\.source),
      lengths: lengths, lengthControl: lengthControl,
      routedAccuracy: routing?.routedAccuracy, labeledAccuracy: routing?.labeledAccuracy,
      labeledPairs: routing?.pairs ?? 0, comparison: reference.map(comparison))
  }

  private func credit(_ place: Int) -> Double { credits[place] ?? 0 }

  /// The share of pairs that are ordered right, with its interval by resampling prompts.
  private func accuracy(_ places: [Int]) -> ExperimentResult.Interval {
    .mean(of: places.map(credit), groups: places.map { set.pairs.pairs[$0].prompt })
  }

  /// The accuracy by a property of samples, in the order of its values.
  private func slices(_ key: (RankedResponses) -> String?) -> [ExperimentResult.Slice] {
    let places = kept.compactMap { place in key(set.samples[set.pairs.pairs[place].sample]).map { ($0, place) } }
    return Dictionary(grouping: places, by: \.0).sorted { $0.key < $1.key }
      .map { .init(name: $0.key, pairs: $0.value.count, accuracy: accuracy($0.value.map(\.1))) }
  }

  /// In the order of lengths.
  private var lengths: [ExperimentResult.Slice] {
    let own = slices { TextLength(of: Self.textLength($0)).name }
    return TextLength.allCases.compactMap { length in own.first { $0.name == length.name } }
  }

  private static func textLength(_ sample: RankedResponses) -> Int {
    sample.conversation.turns.reduce(sample.responses.map(\.count).max() ?? 0) { $0 + $1.content.count }
  }

  private var lengthControl: LengthControl {
    LengthControl(
      kept.compactMap { place in
        let pair = set.pairs.pairs[place]
        let sample = set.samples[pair.sample]
        guard let rewards = draws.first?[pair.sample] else { return nil }
        return ScoredPair(
          difference: Double(rewards[pair.chosen]) - Double(rewards[pair.rejected]),
          lengths: (sample.responses[pair.chosen].count, sample.responses[pair.rejected].count),
          textLength: Self.textLength(sample), prompt: pair.prompt)
      })
  }

  private var shorterChosen: Double? {
    kept.filter { set.pairs.pairs[$0].lengthDifference < 0 }.map(credit).mean
  }

  /// Of every draw as it is, and divided by its temperature.
  private func calibrations(_ temperatures: [Double]) -> [(raw: Calibration, scaled: Calibration)] {
    zip(draws, temperatures).map { draw, temperature in
      let differences = draw.differences(of: set.pairs)
      return (Calibration(differences: differences), Calibration(differences: differences.map { $0 / temperature }))
    }
  }

  /// Pearson's of rewards and characters, over the responses of overall preferences; the mean over draws.
  private var lengthCorrelation: Double? {
    draws.compactMap { draw -> Double? in
      var (rewards, lengths) = ([Double](), [Int]())
      for (index, sample) in set.samples.enumerated() where sample.capability == nil {
        guard let own = draw[index] else { continue }
        rewards += own.map(Double.init)
        lengths += sample.responses.map(\.count)
      }
      return LengthCorrelation(rewards: rewards, lengths: lengths).pearson
    }.mean
  }

  /// Against the reference, on the pairs that both could score.
  private func comparison(with reference: [Double?]) -> PairedComparison {
    let both = kept.filter { reference[$0] != nil }
    return PairedComparison(
      first: both.map(credit), second: both.map { reference[$0] ?? 0 }, groups: both.map { set.pairs.pairs[$0].prompt })
  }
}

extension ExperimentResult.Interval {
  /// A mean with its 95 % interval by resampling groups.
  static func mean(of values: [Double], groups: [Int]) -> Self {
    // Against nothing: the difference is the mean itself.
    .init(PairedComparison(first: values, second: values.map { _ in 0 }, groups: groups))
  }

  /// A difference with its interval; of nothing, without one.
  init(_ comparison: PairedComparison) {
    let range = comparison.interval ?? comparison.difference...comparison.difference
    self.init(value: comparison.difference, lower: range.lowerBound, upper: range.upperBound)
  }
}
