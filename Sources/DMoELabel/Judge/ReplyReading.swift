/// A reply read as a verdict, in the order in which its judge saw the responses.
public struct ReplyReading: Sendable, Hashable, Codable {
  /// The reason why a reply gives no verdict.
  public enum Problem: String, Sendable, Hashable, Codable, CaseIterable {
    /// There is no text.
    case empty
    /// The model refused, or its service withheld the text.
    case refused
    /// The reply reached the token limit before it came to a verdict.
    case cutOff
    /// The text is no verdict.
    case unreadable
  }

  /// The verdict; `.unparsable` if there is a problem.
  public var verdict: Verdict
  /// The reason why there is no verdict.
  public var problem: Problem?
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
  public init(problem: Problem) {
    verdict = .unparsable
    self.problem = problem
    firstProbability = nil
  }
}
