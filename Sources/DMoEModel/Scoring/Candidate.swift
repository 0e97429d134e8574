public import DMoEData

/// A response to be scored, with what it answers.
public struct Candidate: Sendable, Equatable {
  public var conversation: Conversation
  public var response: String

  public init(conversation: Conversation, response: String) {
    self.conversation = conversation
    self.response = response
  }

  /// - Throws: `DataError.emptyTurn`.
  public init(prompt: String, response: String) throws {
    self.init(conversation: try Conversation(prompt: prompt), response: response)
  }
}
