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
  ///   - probability: how probable it is that response 0 is better, from 0 to 1, as `SoftLabels` gives it; nil takes the
  ///     outcome at its word. It never turns a consistent outcome round: one that favors the other response becomes
  ///     0.5. A tie kept by `undecided` carries it instead of 0.5.
  /// - Throws: `DataError.rankCountMismatch` if `sample` has not exactly two responses,
  ///   `.emptyIdentifier` if `capability` is empty, `.invalidProbability` if `probability` is outside 0 ... 1.
  public func rankedResponses(
    for sample: RankedResponses, capability: String?, annotator: String?, undecided: UndecidedPolicy = .drop,
    probability: Double? = nil
  ) throws(DataError) -> RankedResponses? {
    if let probability, !(0...1).contains(probability) {
      throw .invalidProbability(Float(probability), responses: sample.responses.count)
    }
    let ranks: [Int]
    var soft = probability.map { Float($0) }
    switch self {
    case .consistent(let chosen):
      ranks = chosen == 0 ? [1, 2] : [2, 1]
      soft = soft.map { chosen == 0 ? max($0, 0.5) : min($0, 0.5) }
    case .tie, .inconsistent:
      guard undecided == .soft else { return nil }
      ranks = [1, 1]
      soft = soft ?? 0.5
    case .unparsable: return nil
    }
    return try RankedResponses(
      id: sample.id, source: sample.source, language: sample.language, conversation: sample.conversation,
      responses: sample.responses, ranks: ranks, category: sample.category, capability: capability,
      probability: soft, annotator: annotator)
  }
}
