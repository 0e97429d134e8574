import DMoEData

/// A good response and its damaged self.
public struct PerturbedPair: Sendable, Hashable {
  /// The name of the rule that did the damage.
  public let rule: String
  /// The capability points at which the response is better.
  public let points: [String]
  /// The row of the good response.
  public let row: PerturbationRow
  /// The damaged response.
  public let damaged: String

  /// What labels name as their annotator, so that they are told from people's and judges'.
  public var annotator: String { "perturbation/" + rule }

  /// One sample a point: the good response first, rank 1, the damaged one rank 2.
  ///
  /// - Throws: `DataError` for a weight that no sample can have.
  func labels(weight: Float) throws(DataError) -> [RankedResponses] {
    var labels: [RankedResponses] = []
    for point in points {
      labels.append(
        try RankedResponses(
          id: "\(row.id)/\(rule)", source: row.source, language: row.language, conversation: row.conversation,
          responses: [row.response, damaged], ranks: [1, 2], category: row.category, capability: point,
          weight: row.weight * weight, annotator: annotator))
    }
    return labels
  }
}
