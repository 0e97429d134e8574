/// The agreement of two judges where each has a consistent choice or a tie.
@_spi(Command) public struct LabelingJudgePair: Sendable, Hashable, Codable {
  /// One judge's name.
  public let first: String
  /// The other's.
  public let second: String
  /// Over comparisons of which both have an opinion.
  public let agreement: OutcomeAgreement
}
