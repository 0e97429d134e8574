public import DMoEData

/// A good response with what a rule may know of it.
public struct PerturbationSubject: Sendable {
  /// What the response answers.
  public let conversation: Conversation
  /// The response, which is good as it is.
  public let response: String
  /// The language of the response.
  public let language: PerturbationLanguage
  /// The identifier of the task category; nil if it is not known.
  public let category: String?
  /// Good responses to other prompts of the category and language, in an order that does not depend on that of the
  /// rows.
  public let otherResponses: [String]
  let text: SentenceText

  /// A good response to a conversation.
  ///
  /// - Parameters:
  ///   - response: the response, not blank.
  ///   - conversation: what it answers.
  ///   - language: the language of the response.
  ///   - category: the task category.
  ///   - otherResponses: good responses to other prompts.
  public init(
    response: String, to conversation: Conversation, language: PerturbationLanguage, category: String? = nil,
    otherResponses: [String] = []
  ) {
    self.conversation = conversation
    self.response = response
    self.language = language
    self.category = category
    self.otherResponses = otherResponses
    text = SentenceText(response, language: language)
  }

  /// The last turn of the user's.
  var request: String { conversation.userTurns.last ?? "" }
}
