public import DMoEData

/// A conversation that was read back from a text in a chat template, as trainers send what their tokenizer decoded.
@_spi(Command) public struct TemplatedText: Sendable, Equatable {
  /// Why a text is not read as a conversation.
  public enum Refusal: Error, Sendable, Equatable {
    /// Nothing in it looks like a template: it is a text without turns.
    case noTurns
    /// It begins with a mark of a template that is none of the known ones.
    case unknownMarkers
    /// A turn has no end, and another one follows it.
    case unfinishedTurn(template: String)
    /// It has turns of this role, which conversations do not have.
    case unknownRole(String)
  }

  /// The turns, oldest first; empty system turns and those that the template adds by itself are left out.
  public var turns: [Message]
  /// The name of the template that it is written in.
  public let template: String
  /// Whether it ends with the header that asks for a response.
  public let asksForResponse: Bool
  /// How often a token that begins a sequence stands before it.
  public let sequenceStarts: Int
}

extension TemplatedText.Refusal: CustomStringConvertible {
  /// One sentence that says what is wrong and what to do; never a text's content.
  public var description: String {
    switch self {
    case .noTurns:
      "the text has no turns of a chat template; send the conversation as messages, or prompt and response apart"
    case .unknownMarkers:
      "the text begins with a mark of a chat template that is not known here; send the conversation as messages"
    case .unfinishedTurn(let template):
      "a turn in the text has no end (read as \(template)); send the conversation as messages"
    case .unknownRole(let role):
      "the text has a turn of the role \(role), and conversations have system, user and assistant"
    }
  }
}

extension ConversationTemplate {
  /// Reads a text in this template, or in a published one, back into turns.
  ///
  /// The end of the last turn may be missing, and white space between turns may differ: a tokenizer's decoder changes both.
  ///
  /// - Throws: `TemplatedText.Refusal`.
  @_spi(Command) public func turns(of text: String) throws(TemplatedText.Refusal) -> TemplatedText {
    var rest = Array(text.utf8)[...]
    var starts = 0
    // Padding on the left is what ends a sequence of many tokenizers.
    let paddings = TurnScanner.usualClosings + [endToken]
    while true {
      if let token = Self.sequenceStarts.first(where: { rest.starts(with: $0.utf8) }) {
        rest = rest.dropFirst(token.utf8.count)
        starts += 1
      } else if let token = paddings.first(where: { !$0.isEmpty && rest.starts(with: $0.utf8) }) {
        rest = rest.dropFirst(token.utf8.count)
      } else {
        break
      }
    }
    var refusal: TemplatedText.Refusal?
    for template in [self] + Self.published {
      do {
        guard let read = try TurnScanner(template).read(rest) else { continue }
        let turns = read.turns.filter { $0.role != .system || !$0.content.isBlank && !template.isUnsaid($0.content) }
        guard turns.contains(where: { $0.role == .user }) else { continue }
        return TemplatedText(
          turns: turns, template: template.name, asksForResponse: read.asksForResponse, sequenceStarts: starts)
      } catch {
        // Another template, whose answers have no header, would take the turn for an answer.
        if case .unknownRole = error { throw error }
        refusal = refusal ?? error
      }
    }
    throw refusal ?? (starts > 0 || Self.beginsWithMark(rest) ? .unknownMarkers : .noTurns)
  }

  /// A response as a tokenizer decoded it, without the tokens that end it, of this template and of published ones, and
  /// without the padding behind them.
  @_spi(Command) public func withoutEnd(_ response: String) -> String {
    let ends = (([self] + Self.published).map(\.endToken) + TurnScanner.usualClosings).filter { !$0.isEmpty }
    let bytes = Array(response.utf8)
    var end = bytes.endIndex
    while true {
      var rest = bytes[..<end]
      while let last = rest.last, last.isBlank { rest = rest.dropLast() }
      guard let token = ends.first(where: { rest.reversed().starts(with: $0.utf8.reversed()) }) else { break }
      end = rest.endIndex - token.utf8.count
    }
    return end == bytes.endIndex ? response : String(decoding: bytes[..<end], as: UTF8.self)
  }

  /// Whether a system message is what this template says where nobody does, or another one that writes turns the same way:
  /// they cannot be told apart.
  private func isUnsaid(_ message: String) -> Bool {
    ([self] + Self.published).contains { $0.systemMessage == message && $0.roles == roles }
  }

  /// One template for each published name.
  private static let published = PublishedTemplate.allCases.compactMap { named($0.rawValue) }

  /// Tokens that begin a sequence.
  private static let sequenceStarts = ["<s>", "<|begin_of_text|>", "<bos>", "<｜begin▁of▁sentence｜>", "<|startoftext|>"]

  /// Whether a text begins with what looks like a token of a template.
  private static func beginsWithMark(_ text: ArraySlice<UInt8>) -> Bool {
    let head = String(decoding: text.prefix(96), as: UTF8.self).drop(while: \.isWhitespace)
    if ["[INST]", "<<SYS>>", "<start_of_turn>"].contains(where: { head.hasPrefix($0) }) { return true }
    guard let bar = ["<|", "<｜"].first(where: { head.hasPrefix($0) }) else { return false }
    let name = head.dropFirst(bar.count).prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "▁" || $0 == "/" }
    let end = head.dropFirst(bar.count + name.count)
    return !name.isEmpty && (end.hasPrefix("|>") || end.hasPrefix("｜>"))
  }
}
