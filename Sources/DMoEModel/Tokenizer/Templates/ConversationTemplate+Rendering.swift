extension ConversationTemplate {
  /// Everything before the frame of the response.
  ///
  /// - Throws: `TokenizerError.unknownRole`, `.noSystemTurn`.
  func promptText(turns: [(role: String, content: String)]) throws(TokenizerError) -> MarkedText {
    var text = MarkedText()
    if let bosToken { text.append(markup: bosToken) }
    let own = turns.first.flatMap { $0.role == "system" ? $0.content : nil }
    var opening: MarkedText?
    if let message = own ?? systemMessage {
      switch systemPlacement {
      case .ownTurn: text.append(framed(MarkedText(content: message), in: try role("system")))
      case .firstTurn(let prefix, let suffix, _):
        var block = MarkedText()
        block.append(markup: prefix)
        block.append(content: message)
        block.append(markup: suffix)
        opening = block
      case .leftOut: break
      case .refused: if own != nil { throw .noSystemTurn(template: name) }
      }
    }
    for turn in turns.dropFirst(own == nil ? 0 : 1) {
      text.append(framed(MarkedText(content: turn.content), in: try role(turn.role), after: opening))
      opening = nil
    }
    return text
  }

  /// The response in its frame.
  ///
  /// - Throws: `TokenizerError.unknownRole`.
  func responseText(_ response: String) throws(TokenizerError) -> MarkedText {
    framed(MarkedText(content: response), in: try responseFrame())
  }

  /// A content in a role's frame.
  ///
  /// - Parameter opening: What stands between the prefix and the content: the system message of some templates.
  private func framed(_ content: MarkedText, in role: Role, after opening: MarkedText? = nil) -> MarkedText {
    var content = content
    var result = MarkedText()
    result.append(markup: role.prefix)
    if let opening {
      if case .firstTurn(_, _, isEditedTogether: true) = systemPlacement {
        var both = opening
        both.append(content)
        content = both
      } else {
        result.append(opening)
      }
    }
    result.append(edited(content, in: role))
    result.append(markup: role.suffix)
    return result
  }

  /// A content as the template writes it.
  func edited(_ content: MarkedText, in role: Role) -> MarkedText {
    let content = trimsContent ? ContentEdit.trimWhitespace(ends: .both).apply(to: content) : content
    return role.edits.reduce(content) { $1.apply(to: $0) }
  }

  /// Checks that user and assistant take turns, where the template asks for it.
  ///
  /// - Throws: `TokenizerError.turnsDoNotAlternate`.
  func checkOrder(of turns: [(role: String, content: String)]) throws(TokenizerError) {
    guard alternates else { return }
    let spoken = turns.first?.role == "system" ? turns.dropFirst() : turns[...]
    for (index, turn) in spoken.enumerated() where (turn.role == "user") != index.isMultiple(of: 2) {
      throw .turnsDoNotAlternate(template: name)
    }
  }
}
