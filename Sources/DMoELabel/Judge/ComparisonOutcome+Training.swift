public import DMoEData

extension ComparisonOutcome {
  /// The outcome as a training sample for a capability point, or nil if it is left out.
  ///
  /// The result keeps identifier, source, language, conversation, responses and category of `sample`. An unparsable
  /// outcome is always left out: it says nothing of the responses.
  ///
  /// - Parameters:
  ///   - sample: the two responses that were compared.
  ///   - capability: the point in respect of which they were compared; nil is overall.
  ///   - annotator: who judged, such as a model's name.
  ///   - undecided: what becomes of ties and inconsistent verdicts.
  /// - Throws: `DataError.rankCountMismatch` if `sample` has not exactly two responses,
  ///   `.emptyIdentifier` if `capability` is empty.
  public func rankedResponses(
    for sample: RankedResponses, capability: String?, annotator: String?, undecided: UndecidedPolicy = .drop
  ) throws(DataError) -> RankedResponses? {
    let ranks: [Int]
    switch self {
    case .consistent(let chosen): ranks = chosen == 0 ? [1, 2] : [2, 1]
    case .tie, .inconsistent:
      guard undecided == .soft else { return nil }
      ranks = [1, 1]
    case .unparsable: return nil
    }
    return try RankedResponses(
      id: sample.id, source: sample.source, language: sample.language, conversation: sample.conversation,
      responses: sample.responses, ranks: ranks, category: sample.category, capability: capability,
      probability: ranks[0] == ranks[1] ? 0.5 : nil, annotator: annotator)
  }
}
