import DMoEFoundation

/// The source of a training sample's probability.
public enum SoftLabels: String, Sendable, Hashable, Codable, CaseIterable {
  /// Nowhere: verdicts are taken at their word, as in the paper.
  case none
  /// From the judges: their log-probabilities where known, their votes where several judge.
  case verdict
  /// From how often each judge agrees with itself: `JudgeReliability`.
  case consistency

  /// The probability that response 0 is better; nil takes the outcome at its word.
  ///
  /// Several judges' probabilities are averaged, over those who vote. A mean is cautious: judges err alike, so that their
  /// agreement is worth less than that of independent witnesses.
  ///
  /// - Parameters:
  ///   - judgements: one for each judge.
  ///   - reliabilities: one for each judge; where there is none, its consistent verdicts count 1. `.consistency` alone
  ///     reads them.
  @_spi(Command) public func probability(_ judgements: [Judgement], reliabilities: [JudgeReliability?] = []) -> Double?
  {
    switch self {
    case .none: return nil
    case .verdict: return judgements.votedProbability
    case .consistency:
      precondition(
        reliabilities.count == judgements.count,
        "SoftLabels.probability: \(judgements.count) judgements, \(reliabilities.count) reliabilities")
      let votes: [Double] = zip(judgements, reliabilities).compactMap { judgement, reliability in
        switch judgement.outcome {
        case .unparsable: return nil
        case .tie, .inconsistent: return 0.5
        case .consistent(let chosen):
          let accuracy = reliability?.consistentAccuracy ?? 1
          return chosen == 0 ? accuracy : 1 - accuracy
        }
      }
      return votes.mean
    }
  }
}
