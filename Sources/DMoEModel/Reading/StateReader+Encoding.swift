import DMoECore
package import DMoEData

extension StateReader {
  /// Turns text into ids by the template, within the length limit; the longest response decides how many turns are left
  /// out.
  ///
  /// - Throws: `ModelError.emptyInput`, `.overLength`; `TokenizerError`.
  package func encode(_ conversation: Conversation, responses: [String]) throws -> EncodedResponses {
    let answers = try responseIDs(responses)
    let prompt = try PromptPieces(conversation, template, tokenizer)
    let dropped = try droppedTurns(of: prompt, for: answers)
    let most = dropped.max() ?? 0
    return EncodedResponses(prompt: prompt.ids(without: most), responses: answers, isTruncated: most > 0)
  }

  /// The same, with each response once however often it is there, and the place of every given one.
  package func encodeDistinct(
    _ conversation: Conversation, responses: [String]
  ) throws -> (encoded: EncodedResponses, places: [Int]) {
    var encoded = try encode(conversation, responses: responses)
    let texts = Distinct(encoded.responses)
    encoded.responses = texts.values
    return (encoded, texts.places)
  }

  /// The same, each response with as many turns as it leaves room for: one reward must not depend on how long its
  /// siblings are.
  func encodeApart(_ conversation: Conversation, responses: [String]) throws -> EncodedGroup {
    let answers = try responseIDs(responses)
    let prompt = try PromptPieces(conversation, template, tokenizer)
    let dropped = try droppedTurns(of: prompt, for: answers)
    let counts = Set(dropped).sorted()
    var group = EncodedGroup(
      parts: counts.map { count in
        EncodedResponses(prompt: prompt.ids(without: count), responses: [], isTruncated: count > 0)
      })
    for (answer, count) in zip(answers, dropped) {
      for part in counts.indices where counts[part] == count { group.append(answer, to: part) }
    }
    return group
  }

  /// Each response with its end token.
  ///
  /// - Throws: `ModelError.emptyInput`; `TokenizerError`.
  func responseIDs(_ responses: [String]) throws -> [[Int32]] {
    guard !responses.isEmpty else { throw ModelError.emptyInput("the list of responses") }
    guard responses.allSatisfy({ !$0.isBlank }) else { throw ModelError.emptyInput("a response") }
    return try responses.map { try template.responseIDs($0, tokenizer: tokenizer) }
  }

  /// A whole conversation, up to and including the header that asks for a response; of any length.
  func promptIDs(_ conversation: Conversation) throws -> [Int32] {
    try PromptPieces(conversation, template, tokenizer).ids(without: 0)
  }

  /// What a router reads: the user's turns in the template's frame, at most `limit` tokens, from the end.
  package func encodeUserTurns(of conversation: Conversation, limit: Int) throws -> [Int32] {
    let turns = conversation.userTurns.map { (role: "user", content: $0) }
    let ids = try template.promptIDs(turns: turns, tokenizer: tokenizer)
    return Array(ids.suffix(min(limit, backbone.configuration.contextLength)))
  }

  /// How many of the oldest turns every response makes the conversation lose.
  ///
  /// - Throws: `ModelError.overLength` for the first response that does not fit even so.
  private func droppedTurns(of prompt: PromptPieces, for responses: [[Int32]]) throws(ModelError) -> [Int] {
    let most = lengthPolicy == .dropOldestTurns ? prompt.droppable.count : 0
    let lengths = (0...most).map { prompt.tokenCount(without: $0) }
    var result: [Int] = []
    for (place, response) in responses.enumerated() {
      guard let count = lengths.firstIndex(where: { $0 + response.count <= maximumTokens }) else {
        let least = lengths[most]
        guard least < maximumTokens else {
          throw .overLength(OverLength(text: .conversation, tokens: least, limit: maximumTokens))
        }
        throw .overLength(
          OverLength(
            text: .response(place, tokens: response.count), tokens: least + response.count, limit: maximumTokens))
      }
      result.append(count)
    }
    return result
  }
}

/// A conversation as the template's pieces, the oldest of which may be left out.
private struct PromptPieces {
  /// The opening, the turns, and the header that asks for a response.
  private let pieces: [[Int32]]
  /// The turns that may be left out: opening, a system turn, the last turn and the header stay.
  let droppable: Range<Int>

  init(_ conversation: Conversation, _ template: ConversationTemplate, _ tokenizer: Tokenizer) throws {
    let turns = conversation.turns.map { (role: $0.role.rawValue, content: $0.content) }
    pieces = try template.pieces(turns: turns, tokenizer: tokenizer)
    let first = conversation.system == nil ? 1 : 2
    droppable = first..<max(first, pieces.count - 2)
  }

  func tokenCount(without oldest: Int) -> Int {
    let lost = pieces[droppable.prefix(oldest)].reduce(0) { $0 + $1.count }
    return pieces.reduce(-lost) { $0 + $1.count }
  }

  func ids(without oldest: Int) -> [Int32] {
    Array(pieces[..<droppable.lowerBound].joined()) + pieces[(droppable.lowerBound + oldest)...].joined()
  }
}
