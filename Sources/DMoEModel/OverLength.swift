/// A text that is longer than a model may read.
public struct OverLength: Sendable, Equatable {
  /// Which text it is.
  package enum Text: Sendable, Equatable {
    /// A conversation that leaves no room for any response.
    case conversation
    /// A response, by its place among those that were given, counted from 0, with its own tokens.
    case response(Int, tokens: Int)
    /// A list of token ids.
    case ids
  }

  /// Which text it is.
  package var text: Text
  /// The place of the response among those that were given, counted from 0; `nil` if its conversation alone leaves no room
  /// for any, or if the text is a list of token ids.
  public var response: Int? { if case .response(let place, _) = text { place } else { nil } }
  /// The place of its conversation, counted from 0, where several were given.
  public var conversation: Int?
  /// All tokens that would have to be read: of a response those of its conversation, too, without the turns that may be
  /// left out.
  public var tokens: Int
  /// The most tokens that the model reads.
  public var limit: Int

  /// A text of this many tokens.
  package init(text: Text, conversation: Int? = nil, tokens: Int, limit: Int) {
    self.text = text
    self.conversation = conversation
    self.tokens = tokens
    self.limit = limit
  }

  /// The same of a response that was given behind so many others.
  @_spi(Command) public func placed(after count: Int) -> OverLength {
    guard case .response(let place, let own) = text else { return self }
    return OverLength(
      text: .response(place + count, tokens: own), conversation: conversation, tokens: tokens, limit: limit)
  }
}

extension OverLength: CustomStringConvertible {
  /// One sentence that says which text is too long, and by how much.
  public var description: String {
    let limit = "the limit is \(limit)"
    let one = conversation.map { "conversation \($0)" } ?? "the conversation"
    switch text {
    case .conversation: return "\(one) alone has \(tokens) tokens and leaves no room for a response; \(limit)"
    case .response(let place, let own):
      let response = "response \(place)" + (conversation.map { " to conversation \($0)" } ?? "")
      return "\(response) has \(own) tokens, and \(tokens) with its conversation; \(limit)"
    case .ids: return "the text has \(tokens) tokens; \(limit)"
    }
  }
}
