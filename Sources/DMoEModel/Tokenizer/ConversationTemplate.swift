/// A template that turns a conversation into token ids: what stands before and after each turn, and where a response
/// ends.
///
/// Every piece (header, content, end of a turn) is tokenized on its own and the ids are laid end to end. So the ids of
/// a prompt are always the first ids of prompt and response, whatever the response is, and content cannot merge with a
/// header. Only headers and ends are parsed for control tokens: a message that spells `<|im_end|>` writes those ten
/// characters, not the token.
///
/// No system message is added unless ``systemMessage`` names one, although some models' own templates do.
public struct ConversationTemplate: Sendable, Codable, Equatable {
  /// The text before and after the content of one role's turn.
  public struct Role: Sendable, Codable, Equatable {
    /// The text that opens the turn, such as `"<|im_start|>user\n"`.
    public var prefix: String
    /// The text that closes the turn, such as `"<|im_end|>\n"`.
    public var suffix: String

    /// Makes the frame of a role's turns.
    public init(prefix: String, suffix: String) {
      self.prefix = prefix
      self.suffix = suffix
    }
  }

  /// The template's name, for people; it decides nothing.
  public var name: String
  /// The token that comes before the first turn, if any.
  public var bosToken: String?
  /// The roles that a conversation may have.
  public var roles: [String: Role]
  /// The role whose prefix asks for a response.
  public var responseRole: String
  /// The token that follows a response; the response is read in the hidden state at this, its last, position.
  public var endToken: String
  /// The tokens that prefixes and suffixes spell and that a tokenizer must have.
  public var controlTokens: [String]
  /// The system message of a conversation that does not start with one; `nil` adds none.
  public var systemMessage: String?
  /// Whether white space at both ends of a content is left out.
  public var trimsContent: Bool

  /// Makes a template; see the properties.
  public init(
    name: String, bosToken: String? = nil, roles: [String: Role], responseRole: String = "assistant", endToken: String,
    controlTokens: [String], systemMessage: String? = nil, trimsContent: Bool = false
  ) {
    self.name = name
    self.bosToken = bosToken
    self.roles = roles
    self.responseRole = responseRole
    self.endToken = endToken
    self.controlTokens = controlTokens
    self.systemMessage = systemMessage
    self.trimsContent = trimsContent
  }

  /// Everything up to and including the header that asks for a response.
  ///
  /// - Throws: `TokenizerError.missingToken`, `.writableControlToken`, `.unknownRole`.
  public func promptIDs(turns: [(role: String, content: String)], tokenizer: Tokenizer) throws(TokenizerError)
    -> [Int32]
  {
    Array(try pieces(turns: turns, tokenizer: tokenizer).joined())
  }

  /// The prompt in pieces: the opening (BOS token and default system message, maybe empty), one piece per turn, and the
  /// header that asks for a response.
  ///
  /// Laid end to end they are ``promptIDs(turns:tokenizer:)``. Pieces do not depend on each other: to shorten a prompt,
  /// leave out turns from the second piece on.
  ///
  /// - Throws: `TokenizerError.missingToken`, `.writableControlToken`, `.unknownRole`.
  public func pieces(turns: [(role: String, content: String)], tokenizer: Tokenizer) throws(TokenizerError)
    -> [[Int32]]
  {
    try check(tokenizer)
    var opening: [Int32] = []
    if let bosToken { opening.append(try id(of: bosToken, tokenizer)) }
    if let systemMessage, turns.first?.role != "system" {
      opening += try ids(of: ("system", systemMessage), tokenizer)
    }
    var pieces = [opening]
    for turn in turns { pieces.append(try ids(of: turn, tokenizer)) }
    pieces.append(tokenizer.encode(try role(responseRole).prefix))
    return pieces
  }

  /// The ids of a response and the end token after it.
  ///
  /// - Throws: `TokenizerError.missingToken`, `.writableControlToken`.
  public func responseIDs(_ text: String, tokenizer: Tokenizer) throws(TokenizerError) -> [Int32] {
    contentIDs(text, tokenizer) + [try id(of: endToken, tokenizer)]
  }

  /// Checks that the tokenizer has every token of the template.
  ///
  /// - Throws: `TokenizerError.missingToken`; `.writableControlToken` if the tokenizer does not call a token special;
  ///   `.unknownRole` if the template has no frame for its own response or system role.
  public func check(_ tokenizer: Tokenizer) throws(TokenizerError) {
    for token in [bosToken, endToken].compactMap({ $0 }) + controlTokens { _ = try id(of: token, tokenizer) }
    _ = try role(responseRole)
    if systemMessage != nil { _ = try role("system") }
  }

  private func ids(of turn: (role: String, content: String), _ tokenizer: Tokenizer) throws(TokenizerError) -> [Int32] {
    let role = try role(turn.role)
    return tokenizer.encode(role.prefix) + contentIDs(turn.content, tokenizer) + tokenizer.encode(role.suffix)
  }

  private func contentIDs(_ content: String, _ tokenizer: Tokenizer) -> [Int32] {
    tokenizer.encode(trimsContent ? content.trimmingWhitespace() : content, parsingSpecialTokens: false)
  }

  private func role(_ role: String) throws(TokenizerError) -> Role {
    guard let frame = roles[role] else { throw .unknownRole(role: role, template: name) }
    return frame
  }

  /// The id of a control token; a token that messages could write as well would not keep turns apart.
  private func id(of token: String, _ tokenizer: Tokenizer) throws(TokenizerError) -> Int32 {
    guard let id = tokenizer.tokenID(of: token) else { throw .missingToken(token) }
    guard tokenizer.isSpecial(id) else { throw .writableControlToken(token) }
    return id
  }
}

extension String {
  /// The string without the white space at its ends.
  fileprivate func trimmingWhitespace() -> String {
    var scalars = Substring(self).unicodeScalars
    while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
    while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    return String(scalars)
  }
}
