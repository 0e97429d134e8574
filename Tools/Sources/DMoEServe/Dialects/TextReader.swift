@_spi(Command) import DMoERM

/// Makes conversations and responses of what clients send: messages, texts in a chat template, pairs, token ids.
struct TextReader {
  let served: ServedModel
  /// What was done to texts that their sender should know, each once.
  private(set) var notes: [String] = []

  init(_ served: ServedModel) { self.served = served }

  private var template: ConversationTemplate { served.model.configuration.template }

  /// A text that says something.
  func checked(_ text: String) throws(ServeError) -> String {
    guard text.contains(where: { !$0.isWhitespace }) else { throw ServeError(.emptyResponse, "a text is empty") }
    return text
  }

  /// A text with all turns, the last of which is the response.
  ///
  /// - Parameter addsStart: Whether the client has the server put the token before it that begins a sequence.
  mutating func wholeText(_ text: String, addsStart: Bool = false) throws(ServeError) -> ScoringItem {
    let read = try turns(of: try checked(text), addsStart: addsStart)
    guard let last = read.turns.last, last.role == .assistant else {
      throw .invalid("the text ends with a prompt and has no response to score")
    }
    if read.asksForResponse { note("generation-prompt-removed") }
    return ScoringItem(
      conversation: try conversation(Array(read.turns.dropLast())), responses: [template.withoutEnd(last.content)])
  }

  /// A text as token ids of the model's own tokenizer.
  mutating func wholeText(ids: [Int]) throws(ServeError) -> ScoringItem {
    guard let tokenizer = served.model.backbone.tokenizer else { throw .invalid("the model has no tokenizer") }
    var small: [Int32] = []
    for id in ids {
      guard let number = Int32(exactly: id), (0..<tokenizer.vocabularySize).contains(id) else {
        throw .invalid("token id \(id) is not in the vocabulary of \(tokenizer.vocabularySize)")
      }
      small.append(number)
    }
    return try wholeText(tokenizer.decode(small))
  }

  /// A prompt: a text in a chat template, or one user's turn.
  mutating func prompt(_ text: String) throws(ServeError) -> Conversation {
    guard text.contains(where: { !$0.isWhitespace }) else { throw .invalid("the prompt is empty") }
    let read: TemplatedText
    do { read = try template.turns(of: text) } catch .noTurns { return try conversation([.user(text)]) } catch {
      throw ServeError(error)
    }
    tell(read, addsStart: false)
    guard read.turns.last?.role == .user else {
      throw .invalid("the prompt ends with the assistant's turn, and there is nothing to respond to")
    }
    return try conversation(read.turns)
  }

  /// A prompt and a response that were given apart.
  mutating func pair(prompt: String, response: String) throws(ServeError) -> ScoringItem {
    ScoringItem(conversation: try self.prompt(prompt), responses: [try self.response(response)])
  }

  /// A response, without the tokens that end it.
  mutating func response(_ text: String) throws(ServeError) -> String {
    let rest = template.withoutEnd(try checked(text))
    if rest.utf8.count != text.utf8.count { note("end-tokens-removed") }
    return rest
  }

  /// A prompt and what a policy wrote behind it, which may begin with the header that the prompt's template writes before a
  /// response.
  mutating func continuation(of prompt: String, _ text: String) throws(ServeError) -> ScoringItem {
    let own = (try? template.turns(of: prompt)).flatMap { read in
      read.template == template.name ? template : ConversationTemplate.named(read.template)
    }
    let header = own.flatMap { $0.roles[$0.responseRole]?.prefix } ?? ""
    let isThere = !header.isEmpty && !prompt.utf8.ends(with: header.utf8) && text.utf8.starts(with: header.utf8)
    let rest = isThere ? String(decoding: text.utf8.dropFirst(header.utf8.count), as: UTF8.self) : text
    return try pair(prompt: prompt, response: rest)
  }

  /// Messages, the last of which is the response.
  func conversationWithResponse(_ messages: JSONTree) throws(ServeError) -> ScoringItem {
    let turns = try self.turns(messages)
    guard let last = turns.last, last.role == .assistant else {
      throw .invalid("messages must end with the assistant's message, which is the response to score")
    }
    return ScoringItem(conversation: try conversation(Array(turns.dropLast())), responses: [last.content])
  }

  /// Messages that are answered.
  func conversation(_ messages: JSONTree) throws(ServeError) -> Conversation {
    try conversation(try turns(messages))
  }

  func conversation(_ turns: [Message]) throws(ServeError) -> Conversation {
    do { return try Conversation(turns) } catch { throw ServeError(error) }
  }

  private func turns(_ messages: JSONTree) throws(ServeError) -> [Message] {
    guard let list = messages.array, !list.isEmpty else { throw .invalid("messages must be a list of messages") }
    var turns: [Message] = []
    for (place, message) in list.enumerated() { turns.append(try MessageReader.turn(message, "messages[\(place)]")) }
    return turns
  }

  private mutating func turns(of text: String, addsStart: Bool) throws(ServeError) -> TemplatedText {
    do {
      let read = try template.turns(of: text)
      tell(read, addsStart: addsStart)
      return read
    } catch { throw ServeError(error) }
  }

  private mutating func tell(_ read: TemplatedText, addsStart: Bool) {
    if read.sequenceStarts + (addsStart ? 1 : 0) > 1 { note("doubled-bos-removed") }
    if read.template != template.name { note("template-" + read.template) }
  }

  private mutating func note(_ note: String) { if !notes.contains(note) { notes.append(note) } }
}

extension BidirectionalCollection where Element: Equatable {
  /// Whether its last elements are these.
  fileprivate func ends(with end: some BidirectionalCollection<Element>) -> Bool {
    reversed().starts(with: end.reversed())
  }
}
