/// A judge's answer to one comparison, asked in both orders.
public struct Judgement: Sendable, Hashable, Codable {
  /// The reading with response 0 shown first.
  @_spi(Command) public let forward: ReplyReading
  /// The reading with response 1 shown first.
  @_spi(Command) public let reversed: ReplyReading

  /// Both readings of one comparison.
  @_spi(Command) public init(forward: ReplyReading, reversed: ReplyReading) {
    self.forward = forward
    self.reversed = reversed
  }

  /// The outcome of the two verdicts together.
  public var outcome: ComparisonOutcome { ComparisonOutcome(forward: forward.verdict, reversed: reversed.verdict) }

  /// The reasons why replies gave no verdict, of the reply with response 0 first before the other's; empty if both did.
  public var problems: [ReplyProblem] { [forward.problem, reversed.problem].compactMap { $0 } }

  /// The probability that response 0 is better by the judge's own word, both orders averaged; nil unless both are
  /// known.
  ///
  /// Averaging cancels a preference for a position that is the same for both.
  public var probability: Double? {
    guard let first = forward.firstProbability, let second = reversed.firstProbability else { return nil }
    return (first + 1 - second) / 2
  }
}
