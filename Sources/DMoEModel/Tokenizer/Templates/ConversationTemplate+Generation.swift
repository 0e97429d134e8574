extension ConversationTemplate {
  /// The ids of a conversation with the whole header that asks for a response: what a language model goes on from.
  ///
  /// Under `Tokenization.whole` they may go on behind `promptIDs(turns:tokenizer:)`, which leaves to the response what of
  /// the header a response can change.
  ///
  /// - Throws: As `promptIDs(turns:tokenizer:)`.
  public func generationPromptIDs(
    turns: [(role: String, content: String)], tokenizer: Tokenizer
  ) throws(TokenizerError) -> [Int32] {
    guard tokenization == .whole else { return try promptIDs(turns: turns, tokenizer: tokenizer) }
    try check(tokenizer)
    try checkOrder(of: turns)
    var text = try promptText(turns: turns)
    text.append(markup: try responseFrame().prefix)
    return tokenizer.encode(text)
  }
}
