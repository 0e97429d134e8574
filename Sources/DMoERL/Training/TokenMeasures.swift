import DMoECore

/// What is known of the tokens of a prompt's completions before the first update; empty where nothing asks for it.
struct TokenMeasures: Sendable, Equatable, Codable {
  /// log π of every token under the reference.
  var reference: [[Float]] = []
  /// The states that the head reads of the reference, those of all completions one below the other: what its distributions are
  /// made of. Shape: [tokens, hidden].
  var referenceStates: Matrix?
  /// The exact divergence from the reference at every token.
  var divergences: [[Float]] = []
  /// What the value head expected at every token.
  var values: [[Float]] = []
  /// What came after every token, as the advantages see it; `nil` for what is left out.
  var returns: [[Double]?] = []

  /// States are no text: where ranks need each other's, they travel by themselves.
  private enum CodingKeys: CodingKey { case reference, divergences, values, returns }
}

extension RollOut {
  /// What leaving the reference costs at every token of a completion, in nats.
  func costs(ofCompletion place: Int, by estimator: KLEstimator) -> [Double] {
    if estimator == .exact { return measures.divergences[place].map(Double.init) }
    return zip(completions[place].tokens, measures.reference[place]).map {
      estimator.evaluate(Double($0.sampledLogProbability) - Double($1)).value
    }
  }
}
