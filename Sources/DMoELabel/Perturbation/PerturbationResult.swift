public import DMoEData

/// What a labeler by perturbation made of some rows.
public struct PerturbationResult: Sendable {
  /// One sample for every pair and point, in the order of the rows; what training reads.
  public let labels: [RankedResponses]
  /// The responses with their damaged selves, in the same order.
  public let pairs: [PerturbedPair]
  /// The counts.
  public let report: PerturbationReport
}
