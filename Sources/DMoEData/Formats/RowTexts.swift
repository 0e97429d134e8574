/// A text, or the messages that TRL may have in its place.
package enum TextOrMessages {
  /// One text: a prompt of the user's, or a reply.
  case text(String)
  /// Turns with roles.
  case messages([Message])
}

extension RowObject {
  /// The text or messages under a key; nil if it is missing.
  package func textOrMessages(_ key: String, _ notes: inout RowNotes) throws(DataError) -> TextOrMessages? {
    switch self[key] {
    case nil: return nil
    case .string(let text): return .text(text)
    case .array: return try messages(key, &notes).map { .messages($0) }
    default: throw .malformedRow(reason: "\(place(key)): not a string or a list of messages")
    }
  }

  /// The messages under a key, without empty system turns; nil if it is missing.
  package func messages(_ key: String, _ notes: inout RowNotes) throws(DataError) -> [Message]? {
    guard let values = try list(key) else { return nil }
    var messages: [Message] = []
    for (index, value) in values.enumerated() {
      let path = "\(place(key))[\(index)]"
      let message = try RowObject(value, at: path).message(&notes)
      if message.isEmptySystemTurn { continue }
      guard !message.content.isBlank else { throw .malformedRow(reason: "\(path).content: empty") }
      messages.append(message)
    }
    return messages
  }

  private func message(_ notes: inout RowNotes) throws(DataError) -> Message {
    guard let name = try text("role") else {
      let isShareGPT = keys.isSuperset(of: ["from", "value"])
      throw .malformedRow(
        reason: "missing key \(KeyText.quoted(place("role")))"
          + (isShareGPT ? "; \"from\" and \"value\" are not read: name them \"role\" and \"content\"" : ""))
    }
    guard let role = Message.Role(rawValue: name) else {
      throw .malformedRow(reason: "\(place("role")): \(Self.reason(forRole: name))")
    }
    try check(KeyUse.message, &notes)
    return Message(role: role, content: try content(&notes))
  }

  private static func reason(forRole name: String) -> String {
    switch name {
    case "developer": "\"developer\" is not read: write the turn as \"system\""
    case "tool", "function", "ipython":
      "\"\(name)\" is not read: write what the tool said into a user's turn, or leave the row out"
    case "human": "\"human\" is not read: write \"user\""
    case "gpt", "model", "bot", "chatgpt": "\"\(name)\" is not read: write \"assistant\""
    default: "not \"system\", \"user\" or \"assistant\""
    }
  }

  /// A text, or the texts of a list of parts one after another, as chat templates write them.
  private func content(_ notes: inout RowNotes) throws(DataError) -> String {
    guard case .array(let parts)? = self["content"] else { return try requiring(text("content"), "content") }
    var whole = ""
    for (index, part) in parts.enumerated() {
      let part = try RowObject(part, at: "\(place("content"))[\(index)]")
      guard try part.text("type") == "text" else {
        throw .malformedRow(reason: "\(part.place("type")): not \"text\", and only texts are read: leave the row out")
      }
      try part.check(KeyUse.table(read: ["type", "text"], refused: [:], noEffect: []), &notes)
      whole += try part.requiring(part.text("text"), "text")
    }
    return whole
  }

  /// The conversation under exactly one of `conversation`, `messages` and `prompt`, after what `system` says.
  package func conversation(_ notes: inout RowNotes) throws(DataError) -> Conversation {
    let present = ["conversation", "messages", "prompt"].filter { self[$0] != nil }
    guard let key = present.first, present.count == 1 else {
      throw .malformedRow(
        reason: present.isEmpty
          ? "missing key \"conversation\" or \"prompt\""
          : "more than one of \"conversation\", \"messages\", \"prompt\"")
    }
    var turns: [Message]
    switch try textOrMessages(key, &notes) {
    case .messages(let messages)?: turns = messages
    case .text(let prompt)?:
      guard !prompt.isBlank else { throw .malformedRow(reason: "\(place(key)): empty") }
      turns = [.user(prompt)]
    case nil: turns = []
    }
    if let system = try text("system"), !system.isBlank {
      guard turns.first?.role != .system else {
        throw .malformedRow(reason: "both \"system\" and a system turn in \"\(key)\": leave one out")
      }
      turns.insert(.system(system), at: 0)
    }
    return try Conversation(turns)
  }
}

extension RowObject {
  /// A list of responses, none of them blank.
  package func responses(_ key: String) throws(DataError) -> [String] {
    let responses = try requiring(texts(key), key)
    if let index = responses.firstIndex(where: \.isBlank) {
      throw .malformedRow(reason: "\(place(key))[\(index)]: the response is empty")
    }
    return responses
  }
}
