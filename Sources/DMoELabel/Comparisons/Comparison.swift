public import DMoEData

/// A question to a judge: which of two responses to one conversation is better at one capability point.
@_spi(Command) public struct Comparison: Sendable, Hashable {
  /// The two responses, their conversation and where they come from; its ranks are the human ones, if there are any.
  public let pair: RankedResponses
  /// The capability point at which the responses are compared; nil is their overall quality.
  public let point: CapabilityPoint?
  /// Whether the ranks of `pair` are a human opinion of the same matter as the comparison's.
  ///
  /// Without ranks for the point itself they are the overall preference, which need not agree with it.
  public let hasOwnRanks: Bool

  /// A comparison.
  ///
  /// - Parameters:
  ///   - pair: a sample of exactly two responses.
  ///   - point: the capability point; nil is overall.
  ///   - hasOwnRanks: whether the pair's ranks speak of this point rather than of the overall preference.
  /// - Throws: `DataError.rankCountMismatch` unless there are exactly two responses.
  public init(_ pair: RankedResponses, point: CapabilityPoint?, hasOwnRanks: Bool = false) throws(DataError) {
    guard pair.responses.count == 2 else {
      throw .rankCountMismatch(responses: pair.responses.count, ranks: 2)
    }
    self.pair = pair
    self.point = point
    self.hasOwnRanks = hasOwnRanks
  }

  /// The identifier of the task category, if the sample has one.
  public var category: String? { pair.category }
  /// The identifier of the capability point, or nil for the overall quality.
  public var capability: String? { point?.id }
}
