/// The reason why a reply gives no verdict.
public enum ReplyProblem: String, Sendable, Hashable, Codable, CaseIterable {
  /// There is no text.
  case empty
  /// The model refused, or its service withheld the text.
  case refused
  /// The reply reached the token limit before it came to a verdict.
  case cutOff
  /// The text is no verdict.
  case unreadable
}
