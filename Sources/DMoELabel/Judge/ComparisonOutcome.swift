/// The outcome of two verdicts on the same two responses, shown in both orders.
public enum ComparisonOutcome: Sendable, Hashable, Codable {
  /// Both verdicts prefer the response of this index, 0 or 1.
  case consistent(chosen: Int)
  /// The verdicts disagree: position or chance decided, not the responses.
  case inconsistent
  /// Both verdicts see no difference.
  case tie
  /// At least one verdict is unparsable.
  case unparsable

  /// Puts two verdicts together.
  ///
  /// A tie in one order and a preference in the other is inconsistent.
  ///
  /// - Parameters:
  ///   - forward: the verdict with response 0 shown first.
  ///   - reversed: the verdict with response 1 shown first.
  @_spi(Command) public init(forward: Verdict, reversed: Verdict) {
    switch (forward, reversed.swapped) {
    case (.unparsable, _), (_, .unparsable): self = .unparsable
    case (.first, .first): self = .consistent(chosen: 0)
    case (.second, .second): self = .consistent(chosen: 1)
    case (.tie, .tie): self = .tie
    default: self = .inconsistent
    }
  }
}
