public import DMoEData

/// A response to be scored, with the conversation that it answers.
///
/// ```swift
/// let candidates = [
///   try Candidate(prompt: "What is 6 times 7?", response: "42"),
///   try Candidate(prompt: "Name a prime.", response: "Seven."),
/// ]
/// let rewards = try model.scores(of: candidates)
/// ```
public struct Candidate: Sendable, Equatable {
  /// The conversation up to the turn that is answered.
  public var conversation: Conversation
  /// The response to score.
  public var response: String

  /// A response to the last turn of a conversation.
  public init(conversation: Conversation, response: String) {
    self.conversation = conversation
    self.response = response
  }

  /// - Throws: `DataError.emptyTurn`.
  public init(prompt: String, response: String) throws {
    self.init(conversation: try Conversation(prompt: prompt), response: response)
  }
}
