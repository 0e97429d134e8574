extension ConversationTemplate {
  /// The ids of a prompt: with those of a response behind them, the ids of the whole conversation.
  ///
  /// They end with the header that asks for a response, or under tokenization as a whole with what of it no response can
  /// change.
  ///
  /// - Throws: `TokenizerError.missingToken`, `.writableControlToken`, `.unknownRole`, `.noSystemTurn`,
  ///   `.turnsDoNotAlternate`.
  public func promptIDs(turns: [(role: String, content: String)], tokenizer: Tokenizer) throws(TokenizerError)
    -> [Int32]
  {
    try checkOrder(of: turns)
    return try promptIDs(inAnyOrder: turns, tokenizer: tokenizer)
  }

  /// The ids of a prompt whose oldest turns are left out until it fits; the system turn and the last turn always stay.
  ///
  /// Turns that must alternate are left out by twos. If the least that can stay is too long, its ids are returned.
  ///
  /// - Parameter limit: The greatest number of ids.
  /// - Returns: The ids, and whether turns were left out.
  /// - Throws: As `promptIDs(turns:tokenizer:)`.
  package func promptIDs(
    turns: [(role: String, content: String)], tokenizer: Tokenizer, droppingTurnsOver limit: Int
  ) throws(TokenizerError) -> (ids: [Int32], isShortened: Bool) {
    let whole = try promptIDs(turns: turns, tokenizer: tokenizer)
    let head = turns.first?.role == "system" ? 1 : 0
    let step = alternates ? 2 : 1
    let most = max(0, turns.count - head - 1) / step
    guard whole.count > limit, most > 0 else { return (whole, false) }
    func ids(dropping count: Int) throws(TokenizerError) -> [Int32] {
      try promptIDs(inAnyOrder: turns[..<head] + turns[(head + count * step)...], tokenizer: tokenizer)
    }
    // Fewer turns, fewer ids: the fewest turns to drop are between `low`, which is too few, and `high`.
    var (low, high) = (0, most)
    var best = try ids(dropping: most)
    while low + 1 < high {
      let middle = (low + high) / 2
      let shorter = try ids(dropping: middle)
      if shorter.count > limit { low = middle } else { (high, best) = (middle, shorter) }
    }
    return (best, true)
  }

  /// The ids of turns that need not be a conversation, such as the user's alone.
  ///
  /// - Throws: `TokenizerError.missingToken`, `.writableControlToken`, `.unknownRole`, `.noSystemTurn`.
  package func promptIDs(
    inAnyOrder turns: some Collection<(role: String, content: String)>, tokenizer: Tokenizer
  ) throws(TokenizerError) -> [Int32] {
    try check(tokenizer)
    let turns = Array(turns)
    let text = try promptText(turns: turns)
    switch tokenization {
    case .pieceByPiece:
      return text.pieces.flatMap { tokenizer.encode($0) } + tokenizer.encode(try responseFrame().prefix)
    case .whole:
      let lead = try self.lead()
      let cut = self.cut(lead, tokenizer)
      var text = text
      text.append(markup: try responseFrame().prefix)
      guard turns.last?.role == "user" else { return tokenizer.encode(text) }
      return tokenizer.encode(text[0..<text.text.utf8.count - (lead.utf8.count - cut.end)])
    }
  }

  /// The ids of a response with everything that ends it.
  ///
  /// - Throws: `TokenizerError.missingToken`, `.writableControlToken`, `.unknownRole`.
  public func responseIDs(_ text: String, tokenizer: Tokenizer) throws(TokenizerError) -> [Int32] {
    switch tokenization {
    case .pieceByPiece:
      let content = edited(MarkedText(content: text), in: try responseFrame())
      return content.pieces.flatMap { tokenizer.encode($0) } + [try id(of: endToken, tokenizer)]
    case .whole:
      let lead = try self.lead()
      let cut = self.cut(lead, tokenizer)
      // What stands before the cut is tokenized too, for a token may swallow the blanks behind it, and dropped again.
      var before = MarkedText()
      before.append(markup: lead)
      let response = try responseText(text)
      var whole = before[cut.start..<lead.utf8.count]
      whole.append(response[try responseFrame().prefix.utf8.count..<response.text.utf8.count])
      return Array(tokenizer.encode(whole).dropFirst(tokenizer.encode(before[cut.start..<cut.end]).count))
    }
  }

  /// Checks that the tokenizer has every token of the template.
  ///
  /// - Throws: `TokenizerError.missingToken`; `.writableControlToken` if the tokenizer does not call a token special;
  ///   `.unsupported` for one that is looked for in normalized text; `.unknownRole` if the template has no frame for its
  ///   own response or system role.
  public func check(_ tokenizer: Tokenizer) throws(TokenizerError) {
    for token in [bosToken, endToken].compactMap({ $0 }) + controlTokens {
      let id = try id(of: token, tokenizer)
      guard tokenization == .pieceByPiece || !tokenizer.isLookedForNormalized(id) else {
        throw .unsupported(component: "control token \(token)", found: "it is looked for in normalized text")
      }
    }
    _ = try responseFrame()
    if systemMessage != nil, systemPlacement == .ownTurn { _ = try role("system") }
  }

  /// What always stands between the content of the last turn and the response's.
  private func lead() throws(TokenizerError) -> String {
    (roles["user"]?.suffix ?? "") + (try responseFrame().prefix)
  }

  /// Where the ids of prompt and response part in the lead, in bytes: behind its last control token, or at the last place
  /// that no token spans.
  ///
  /// - Returns: `end` is that place; what stands from `start` to it has the same ids whatever is before and behind.
  private func cut(_ lead: String, _ tokenizer: Tokenizer) -> (start: Int, end: Int) {
    let bytes = Array(lead.utf8)
    var last: Range<Int>?
    for token in [bosToken, endToken].compactMap({ $0 }) + controlTokens {
      let token = Array(token.utf8)
      guard !token.isEmpty, token.count <= bytes.count else { continue }
      for start in (0...bytes.count - token.count).reversed()
      where bytes[start..<start + token.count].elementsEqual(token) {
        if start + token.count > last?.upperBound ?? -1 { last = start..<start + token.count }
        break
      }
    }
    if let last { return (last.lowerBound, last.upperBound) }
    return (0, tokenizer.lastSeam(in: bytes) ?? 0)
  }

  /// The id of a control token; a token that messages could write as well would not keep turns apart.
  private func id(of token: String, _ tokenizer: Tokenizer) throws(TokenizerError) -> Int32 {
    guard let id = tokenizer.tokenID(of: token) else { throw .missingToken(token) }
    guard tokenizer.isSpecial(id) else { throw .writableControlToken(token) }
    return id
  }
}
