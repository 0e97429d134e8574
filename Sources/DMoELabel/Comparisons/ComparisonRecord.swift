/// A comparison with what its judges said.
public struct ComparisonRecord: Sendable, Hashable {
  /// The state of one judge's part of a comparison.
  @_spi(Command) public enum State: Sendable, Hashable {
    /// Both replies are there.
    case judged(Judgement)
    /// A request failed for good in this run; `kind` names the failure as `CompletionError.kind` does.
    case failed(kind: String)
    /// Not asked, or not in both orders: the run ended before.
    case open

    /// The judgement, if there is one.
    public var judgement: Judgement? {
      if case .judged(let judgement) = self { judgement } else { nil }
    }
  }

  /// The task category; nil if the sample has none.
  public let category: String?
  /// The capability point; nil is the overall quality.
  public let capability: String?
  /// The data set that the sample comes from.
  public let source: String?
  /// One state for each judge, in their order.
  @_spi(Command) public let states: [State]
  /// The judgements that there are, in the order of the judges.
  public var judgements: [Judgement] { states.compactMap(\.judgement) }
  /// The outcome that the judges give together; nil unless all of them have judged.
  public let outcome: ComparisonOutcome?
  /// The human preference between the two responses; nil if the sample has none.
  @_spi(Command) public let human: HumanPreference?

  /// A preference of people between two responses.
  @_spi(Command) public enum HumanPreference: Sendable, Hashable {
    /// They prefer the response of this index, 0 or 1.
    case chosen(Int)
    /// They see no difference.
    case tie
  }

  /// A record of these parts.
  @_spi(Command) public init(
    category: String?, capability: String?, source: String?, states: [State], outcome: ComparisonOutcome?,
    human: HumanPreference?
  ) {
    self.category = category
    self.capability = capability
    self.source = source
    self.states = states
    self.outcome = outcome
    self.human = human
  }
}
