extension ConversationTemplate {
  /// The template as transformers' `chat_template` reads it: turns give the text that is read here, and a response that
  /// comes last ends with its end token.
  ///
  /// - Throws: `ModelError.inexpressible` for one that does more than put frames around contents.
  func jinja() throws -> String {
    guard tokenization == .pieceByPiece, response == nil, systemPlacement == .ownTurn, !alternates,
      roles.values.allSatisfy(\.edits.isEmpty)
    else {
      throw ModelError.inexpressible(
        "its template \(name) is not the one in its backbone's files, and is not translated")
    }
    var text = ""
    if let bosToken { text += "{{ \(quoted(bosToken)) }}" }
    if let systemMessage, let frame = roles["system"] {
      text +=
        "{% if messages[0]['role'] != 'system' %}{{ \(quoted(frame.prefix + systemMessage + frame.suffix)) }}{% endif %}"
    }
    let content = trimsContent ? "message['content'] | trim" : "message['content']"
    text += "{% for message in messages %}"
    for (place, role) in roles.keys.sorted().enumerated() {
      guard let frame = roles[role] else { continue }
      text += "{% \(place == 0 ? "if" : "elif") message['role'] == \(quoted(role)) %}{{ \(quoted(frame.prefix)) }}"
      text += "{{ \(content) }}"
      text +=
        role == responseRole
        ? "{{ \(quoted(endToken)) if loop.last else \(quoted(frame.suffix)) }}" : "{{ \(quoted(frame.suffix)) }}"
    }
    text += "{% else %}{{ raise_exception('there is no such role') }}{% endif %}{% endfor %}"
    if let frame = roles[responseRole] {
      text += "{% if add_generation_prompt %}{{ \(quoted(frame.prefix)) }}{% endif %}"
    }
    return text
  }

  /// A string as Jinja writes one.
  private func quoted(_ text: String) -> String {
    let escaped = text.flatMap { character -> String in
      switch character {
      case "\\": "\\\\"
      case "'": "\\'"
      case "\n": "\\n"
      case "\r\n": "\\r\\n"
      case "\r": "\\r"
      case "\t": "\\t"
      default: String(character)
      }
    }
    return "'\(String(escaped))'"
  }
}
