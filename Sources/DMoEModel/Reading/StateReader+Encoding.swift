import DMoECore
package import DMoEData

extension StateReader {
  /// Turns text into ids by the template, within the length limit; the longest response decides how many turns are left
  /// out.
  ///
  /// - Throws: `ModelError.emptyInput`, `.overLength`; `TokenizerError`.
  package func encode(_ conversation: Conversation, responses: [String]) throws -> EncodedResponses {
    let answers = try responseIDs(responses)
    let prompts = try prompts(of: conversation, for: answers)
    // The shortest prompt is the one that leaves room for the longest response.
    guard let prompt = prompts.min(by: { $0.ids.count < $1.ids.count }) else {
      throw ModelError.emptyInput("the list of responses")
    }
    return EncodedResponses(prompt: prompt.ids, responses: answers, isTruncated: prompt.isShortened)
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
    let prompts = try prompts(of: conversation, for: answers)
    let lengths = Set(prompts.map(\.ids.count)).sorted(by: >)
    var group = EncodedGroup(
      parts: lengths.compactMap { length in
        prompts.first { $0.ids.count == length }.map {
          EncodedResponses(prompt: $0.ids, responses: [], isTruncated: $0.isShortened)
        }
      })
    for (answer, prompt) in zip(answers, prompts) {
      for part in lengths.indices where lengths[part] == prompt.ids.count { group.append(answer, to: part) }
    }
    return group
  }

  /// Each response to its end, or to the last token before the padding that a text may end with.
  ///
  /// Attention looks back only, so that reading the last token before the padding is reading a text without it.
  ///
  /// - Throws: `ModelError.emptyInput`, also for a response of padding tokens alone; `TokenizerError`.
  func responseIDs(_ responses: [String]) throws -> [[Int32]] {
    guard !responses.isEmpty else { throw ModelError.emptyInput("the list of responses") }
    func name(_ place: Int) -> String {
      responses.count > 1 ? "response \(place + 1) of \(responses.count)" : "the response"
    }
    if let blank = responses.firstIndex(where: \.isBlank) { throw ModelError.emptyInput(name(blank)) }
    return try responses.enumerated().map { place, response in
      var ids = try template.responseIDs(response, tokenizer: tokenizer)
      while let last = ids.last, last == paddingID { ids.removeLast() }
      guard !ids.isEmpty else { throw ModelError.emptyInput(name(place) + " without its padding tokens") }
      return ids
    }
  }

  /// A whole conversation, up to and including the header that asks for a response; of any length.
  func promptIDs(_ conversation: Conversation) throws -> [Int32] {
    try template.promptIDs(turns: conversation.roleTurns, tokenizer: tokenizer)
  }

  /// What a router reads: the user's turns in the template's frame, at most `limit` tokens, from the end.
  package func encodeUserTurns(of conversation: Conversation, limit: Int) throws -> [Int32] {
    let turns = conversation.userTurns.map { (role: "user", content: $0) }
    let ids = try template.promptIDs(inAnyOrder: turns, tokenizer: tokenizer)
    return Array(ids.suffix(min(limit, backbone.configuration.contextLength)))
  }

  /// The conversation for every response, without the oldest turns where they leave it no room.
  ///
  /// - Throws: `ModelError.overLength` for the first response that does not fit even so; `TokenizerError`.
  private func prompts(
    of conversation: Conversation, for responses: [[Int32]]
  ) throws -> [(ids: [Int32], isShortened: Bool)] {
    let turns = conversation.roleTurns
    let whole = try template.promptIDs(turns: turns, tokenizer: tokenizer)
    var shortened: [Int: (ids: [Int32], isShortened: Bool)] = [:]
    return try responses.enumerated().map { place, response in
      let room = maximumTokens - response.count
      if whole.count <= room { return (whole, false) }
      var least: (ids: [Int32], isShortened: Bool) = (whole, false)
      if lengthPolicy == .dropOldestTurns {
        least =
          try shortened[response.count]
          ?? template.promptIDs(turns: turns, tokenizer: tokenizer, droppingTurnsOver: room)
        shortened[response.count] = least
      }
      guard least.ids.count > room else { return least }
      guard least.ids.count < maximumTokens else {
        throw ModelError.overLength(OverLength(text: .conversation, tokens: least.ids.count, limit: maximumTokens))
      }
      throw ModelError.overLength(
        OverLength(
          text: .response(place, tokens: response.count), tokens: least.ids.count + response.count,
          limit: maximumTokens))
    }
  }
}

extension Conversation {
  /// The turns as the template takes them.
  fileprivate var roleTurns: [(role: String, content: String)] { turns.map { ($0.role.rawValue, $0.content) } }
}
