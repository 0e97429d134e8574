extension ConversationTemplate: Codable {
  enum CodingKeys: String, CodingKey {
    case name, bosToken, roles, responseRole, response, endToken, controlTokens, systemMessage, systemPlacement
    case trimsContent, alternates, tokenization
  }

  /// Reads a template; what is newer than the first bundles has its default where it is missing.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try values.decode(String.self, forKey: .name),
      bosToken: try values.decodeIfPresent(String.self, forKey: .bosToken),
      roles: try values.decode([String: Role].self, forKey: .roles),
      responseRole: try values.decode(String.self, forKey: .responseRole),
      response: try values.decodeIfPresent(Role.self, forKey: .response),
      endToken: try values.decode(String.self, forKey: .endToken),
      controlTokens: try values.decode([String].self, forKey: .controlTokens),
      systemMessage: try values.decodeIfPresent(String.self, forKey: .systemMessage),
      systemPlacement: try values.decodeIfPresent(SystemPlacement.self, forKey: .systemPlacement) ?? .ownTurn,
      trimsContent: try values.decode(Bool.self, forKey: .trimsContent),
      alternates: try values.decodeIfPresent(Bool.self, forKey: .alternates) ?? false,
      tokenization: try values.decodeIfPresent(Tokenization.self, forKey: .tokenization) ?? .pieceByPiece)
  }

  /// Writes a template; defaults of what is newer than the first bundles are left out, so that those keep their bytes.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encodeIfPresent(bosToken, forKey: .bosToken)
    try values.encode(roles, forKey: .roles)
    try values.encode(responseRole, forKey: .responseRole)
    try values.encodeIfPresent(response, forKey: .response)
    try values.encode(endToken, forKey: .endToken)
    try values.encode(controlTokens, forKey: .controlTokens)
    try values.encodeIfPresent(systemMessage, forKey: .systemMessage)
    if systemPlacement != .ownTurn { try values.encode(systemPlacement, forKey: .systemPlacement) }
    try values.encode(trimsContent, forKey: .trimsContent)
    if alternates { try values.encode(alternates, forKey: .alternates) }
    if tokenization != .pieceByPiece { try values.encode(tokenization, forKey: .tokenization) }
  }
}

extension ConversationTemplate.Role: Codable {
  enum CodingKeys: String, CodingKey { case prefix, suffix, edits }

  /// Reads a frame; without edits, contents stay as they are.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      prefix: try values.decode(String.self, forKey: .prefix), suffix: try values.decode(String.self, forKey: .suffix),
      edits: try values.decodeIfPresent([ContentEdit].self, forKey: .edits) ?? [])
  }

  /// Writes a frame; edits only where there are any.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(prefix, forKey: .prefix)
    try values.encode(suffix, forKey: .suffix)
    if !edits.isEmpty { try values.encode(edits, forKey: .edits) }
  }
}
