import DMoEFoundation

/// A rule that makes one outcome of several judges' answers to a comparison.
///
/// A judge votes unless its judgement is unparsable. A single judge's outcome stands under every policy.
public enum VotePolicy: String, Sendable, Hashable, Codable, CaseIterable {
  /// More than half of those who vote decide, if at least half of the judges vote.
  ///
  /// Without such a majority the outcome is inconsistent; if fewer vote it is unparsable.
  case majority
  /// All judges must say the same.
  ///
  /// If those who vote disagree the outcome is inconsistent; else, if some do not vote, it is unparsable.
  case unanimous

  /// The outcome that the judgements give together; unparsable if there are none.
  public func vote(_ judgements: [Judgement]) -> ComparisonOutcome {
    let votes = judgements.map(\.outcome).filter { $0 != .unparsable }
    guard let first = votes.first else { return .unparsable }
    switch self {
    case .majority:
      guard votes.count * 2 >= judgements.count else { return .unparsable }
      let candidates: [ComparisonOutcome] = [.consistent(chosen: 0), .consistent(chosen: 1), .tie]
      return candidates.first { candidate in votes.count { $0 == candidate } * 2 > votes.count } ?? .inconsistent
    case .unanimous:
      guard votes.allSatisfy({ $0 == first }), first != .inconsistent else { return .inconsistent }
      return votes.count == judgements.count ? first : .unparsable
    }
  }
}

extension Sequence<Judgement> {
  /// The probability that response 0 is better by the judges' own word: the mean over those who vote; nil if none does.
  ///
  /// A vote is the judge's own probability where its log-probabilities are known, else 1 or 0 for a consistent choice and
  /// 0.5 for a tie or an inconsistent judgement.
  public var votedProbability: Double? {
    let votes: [Double] = compactMap { judgement in
      switch judgement.outcome {
      case .unparsable: nil
      case .consistent(let chosen): judgement.probability ?? (chosen == 0 ? 1 : 0)
      case .tie, .inconsistent: judgement.probability ?? 0.5
      }
    }
    return votes.mean
  }
}
