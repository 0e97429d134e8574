import DMoEData
import DMoEEvaluate

/// The rewards that one model, or several as one, give the responses of a set's samples.
///
/// A sample that is longer than the model reads has none.
struct SetRewards: Sendable {
  /// By the sample's place in its set; one reward a response.
  private let bySample: [Int: [Float]]

  /// - Parameter rewards: One list a sample, in their order; nil where there are none.
  init(_ rewards: some Sequence<[Float]?>) {
    bySample = rewards.enumerated().reduce(into: [:]) { result, entry in
      if let rewards = entry.element { result[entry.offset] = rewards }
    }
  }

  /// The rewards of a sample's responses.
  subscript(sample: Int) -> [Float]? { bySample[sample] }

  /// Chosen minus rejected.
  func difference(of pair: SamplePairs.Pair) -> Double? {
    bySample[pair.sample].map { Double($0[pair.chosen]) - Double($0[pair.rejected]) }
  }

  /// Chosen minus rejected of every pair that has rewards.
  func differences(of pairs: SamplePairs) -> [Double] { pairs.pairs.compactMap(difference) }

  /// 1 for a pair that is ordered right, 0 for one that is not, 0.5 for equal rewards.
  func credit(of pair: SamplePairs.Pair) -> Double? { difference(of: pair).map(ScoredPair.credit) }
}
