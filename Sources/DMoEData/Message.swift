/// A turn of a conversation: who speaks, and what is said.
public struct Message: Sendable, Hashable, Codable {
  /// The speaker of a turn.
  public enum Role: String, Sendable, Hashable, Codable, CaseIterable {
    /// Instructions that stand before the conversation.
    case system
    /// The person who asks.
    case user
    /// The language model that answers.
    case assistant
  }

  /// The speaker of a turn.
  public let role: Role
  /// The text of the turn.
  public let content: String

  /// A turn of `role` that says `content`.
  public init(role: Role, content: String) {
    self.role = role
    self.content = content
  }

  /// A system turn.
  public static func system(_ content: String) -> Message { Message(role: .system, content: content) }
  /// A user's turn.
  public static func user(_ content: String) -> Message { Message(role: .user, content: content) }
  /// An assistant's turn.
  public static func assistant(_ content: String) -> Message { Message(role: .assistant, content: content) }
}
