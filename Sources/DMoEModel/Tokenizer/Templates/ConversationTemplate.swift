/// A template that turns a conversation into token ids: what stands before and after each turn, what it does to the turns,
/// and where a response ends.
///
/// The rules are data, so that a bundle holds them whole. Most published models were trained through one of a few
/// templates; ``recognized(jinja:bosToken:eosToken:)`` and its siblings know them by their text.
///
/// Only what the template itself writes is parsed for control tokens: a message that spells `<|im_end|>` writes those ten
/// characters, not the token. The ids of a prompt are always the first ids of prompt and response, whatever the response
/// is.
///
/// No system message is added unless ``systemMessage`` names one.
public struct ConversationTemplate: Sendable, Equatable {
  /// The text before and after the content of one role's turn, and what is done to the content.
  public struct Role: Sendable, Equatable {
    /// The text that opens the turn, such as `"<|im_start|>user\n"`.
    public var prefix: String
    /// The text that closes the turn, such as `"<|im_end|>\n"`.
    public var suffix: String
    /// What is done to the content, first to last.
    package var edits: [ContentEdit]

    /// Makes the frame of a role's turns; contents stay as they are.
    public init(prefix: String, suffix: String) {
      self.init(prefix: prefix, suffix: suffix, edits: [])
    }

    /// Makes the frame of a role's turns, with what is done to their contents.
    package init(prefix: String, suffix: String, edits: [ContentEdit]) {
      self.prefix = prefix
      self.suffix = suffix
      self.edits = edits
    }
  }

  /// Where the system message goes.
  package enum SystemPlacement: Sendable, Equatable, Codable {
    /// In a turn of its own, in the frame of the role `system`.
    case ownTurn
    /// Into the first turn after it, before the content, between two texts (Llama 2, Gemma).
    ///
    /// Edited together, the role's edits see the message and the content as one text; otherwise the content alone.
    case firstTurn(prefix: String, suffix: String, isEditedTogether: Bool)
    /// Nowhere: the template passes over it (Mistral, where a response follows).
    case leftOut
    /// A conversation with one is refused (the first Gemma).
    case refused
  }

  /// What is tokenized at once.
  package enum Tokenization: String, Sendable, Codable {
    /// Every header, content and end of a turn on its own: contents do not merge with what stands around them.
    case pieceByPiece = "piece by piece"
    /// The whole text, as transformers' `apply_chat_template` does: the same ids, but for contents that spell control
    /// tokens.
    ///
    /// The prompt then ends with the last control token before the response, and text of the header after it belongs to
    /// the response: a newline there may be one token with the first newlines of the response. Where no control token
    /// stands there (Llama 2), it ends at a place that no token of the vocabulary spans.
    case whole
  }

  /// The template's name, for people; it decides nothing.
  public var name: String
  /// The token that comes before the first turn, if any.
  public var bosToken: String?
  /// The roles that a conversation may have.
  public var roles: [String: Role]
  /// The role whose prefix asks for a response.
  public var responseRole: String
  /// The frame of the response itself, where it differs from the role's earlier turns; it is the last text there is.
  public var response: Role?
  /// The token that ends a response. Read piece by piece, it is the last id; as a whole, the response's suffix ends the
  /// text, which may be a newline more.
  public var endToken: String
  /// The tokens that prefixes and suffixes spell and that a tokenizer must have.
  public var controlTokens: [String]
  /// The system message of a conversation that does not start with one; `nil` adds none.
  public var systemMessage: String?
  /// Where the system message goes.
  package var systemPlacement: SystemPlacement
  /// Whether Unicode white space at both ends of every content is left out.
  public var trimsContent: Bool
  /// Whether user and assistant must take turns, the user first.
  public var alternates: Bool
  /// What is tokenized at once.
  package var tokenization: Tokenization

  /// Makes a template that is tokenized piece by piece, with the system message in a turn of its own; see the properties.
  ///
  /// The rest of the rules, which published templates need, are read from a file (`init(contentsOf:)`).
  public init(
    name: String, bosToken: String? = nil, roles: [String: Role], responseRole: String = "assistant",
    response: Role? = nil, endToken: String, controlTokens: [String], systemMessage: String? = nil,
    trimsContent: Bool = false, alternates: Bool = false
  ) {
    self.init(
      name: name, bosToken: bosToken, roles: roles, responseRole: responseRole, response: response, endToken: endToken,
      controlTokens: controlTokens, systemMessage: systemMessage, trimsContent: trimsContent, alternates: alternates,
      tokenization: .pieceByPiece)
  }

  /// Makes a template with all its rules; see the properties.
  package init(
    name: String, bosToken: String? = nil, roles: [String: Role], responseRole: String = "assistant",
    response: Role? = nil, endToken: String, controlTokens: [String], systemMessage: String? = nil,
    systemPlacement: SystemPlacement = .ownTurn, trimsContent: Bool = false, alternates: Bool = false,
    tokenization: Tokenization
  ) {
    self.name = name
    self.bosToken = bosToken
    self.roles = roles
    self.responseRole = responseRole
    self.response = response
    self.endToken = endToken
    self.controlTokens = controlTokens
    self.systemMessage = systemMessage
    self.systemPlacement = systemPlacement
    self.trimsContent = trimsContent
    self.alternates = alternates
    self.tokenization = tokenization
  }

  /// The frame of a role's turns.
  ///
  /// - Throws: `TokenizerError.unknownRole`.
  func role(_ role: String) throws(TokenizerError) -> Role {
    guard let frame = roles[role] else { throw .unknownRole(role: role, template: name) }
    return frame
  }

  /// The frame of the response.
  ///
  /// - Throws: `TokenizerError.unknownRole`.
  func responseFrame() throws(TokenizerError) -> Role {
    if let response { return response }
    return try role(responseRole)
  }
}
