/// The results of one judge, by its own outcomes rather than by what all judges say together.
@_spi(Command) public struct LabelingJudge: Sendable, Hashable, Codable {
  /// The judge's name.
  public let name: String
  /// All comparisons.
  public let overall: LabelingSlice
  /// The results at every capability point, in the order of `LabelingReport.points`.
  public let points: [LabelingSlice]
}
