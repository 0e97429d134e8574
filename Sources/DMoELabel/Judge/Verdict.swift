/// A verdict on two responses, in the order in which the judge saw them.
@_spi(Command) public enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
  /// The response shown first is better.
  case first
  /// The response shown second is better.
  case second
  /// Neither is better.
  case tie
  /// The reply could not be read as any of these.
  case unparsable

  /// The same judgement of the responses in the opposite order.
  public var swapped: Verdict {
    switch self {
    case .first: .second
    case .second: .first
    case .tie, .unparsable: self
    }
  }
}
