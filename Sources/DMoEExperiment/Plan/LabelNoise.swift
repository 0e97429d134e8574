public import DMoEData

/// Random errors put into labels on purpose, as people who do not agree make them: for measuring what noise costs.
///
/// Each of `annotators` sees a sample's true order and gives the other one with probability `share`. One annotator makes
/// hard labels; several make soft ones: the order of the majority, with the share of votes as its probability.
public struct LabelNoise: Sendable, Hashable, Codable {
  /// The probability that an annotator is wrong, in 0 ... 1. People agree in 60 to 75 % (arXiv 2403.01197).
  public var share: Double
  /// The number of annotators who vote on every sample.
  public var annotators: Int
  /// The seed of the draws: the same seed makes the same labels.
  public var seed: UInt64

  /// - Parameters:
  ///   - share: The probability that an annotator is wrong, in 0 ... 1.
  ///   - annotators: At least 1; an odd number has no ties.
  ///   - seed: The seed of the draws.
  public init(share: Double, annotators: Int = 1, seed: UInt64 = 0) {
    precondition((0...1).contains(share) && annotators > 0, "LabelNoise: \(share), \(annotators) annotators")
    self.share = share
    self.annotators = annotators
    self.seed = seed
  }

  /// The sample as the annotators see it; only samples of two responses of different rank change.
  ///
  /// A pure function of the sample, the seed and the share.
  public func applied(to sample: RankedResponses) -> RankedResponses {
    guard share > 0, sample.responses.count == 2, sample.ranks[0] != sample.ranks[1] else { return sample }
    var wrong = 0
    for annotator in 0..<annotators {
      var hash = sample.conversation.stableHash(seed: seed)
      hash.combine(sample.id)
      hash.combine(sample.capability ?? "")
      for response in sample.responses { hash.combine(response) }
      hash.combine(UInt64(annotator))
      if hash.unitFraction < share { wrong += 1 }
    }
    let isTurned = 2 * wrong > annotators
    let ranks = isTurned ? [sample.ranks[1], sample.ranks[0]] : sample.ranks
    guard annotators > 1 else { return sample.relabeled(ranks: ranks, probability: nil) }
    let right = Float(annotators - wrong) / Float(annotators)
    return sample.relabeled(ranks: ranks, probability: sample.ranks[0] < sample.ranks[1] ? right : 1 - right)
  }
}
