/// A reply read as a verdict, in the order in which its judge saw the responses.
@_spi(Command) public struct ReplyReading: Sendable, Hashable, Codable {
  /// The verdict; `.unparsable` if there is a problem.
  public var verdict: Verdict
  /// The reason why there is no verdict.
  public var problem: ReplyProblem?
  /// The probability that the response shown first is better by the judge's own word, ties counted half; nil if its
  /// log-probabilities are not known.
  public var firstProbability: Double?

  /// A verdict.
  public init(_ verdict: Verdict, firstProbability: Double? = nil) {
    self.verdict = verdict
    problem = verdict == .unparsable ? .unreadable : nil
    self.firstProbability = firstProbability
  }

  /// A reply without a verdict.
  public init(problem: ReplyProblem) {
    verdict = .unparsable
    self.problem = problem
    firstProbability = nil
  }
}
