import Foundation

/// Dialogues written as one text, such as "\n\nHuman: ...\n\nAssistant: ..." or "### Human: ...### Assistant: ...", whose
/// markers are turns.
enum PlainDialogue {
  private static let assistant = "Assistant:"
  /// Before markers that stand anywhere; without it they begin lines.
  private static let sign = "### "
  /// What the person who asks is called.
  private static let users = ["Human:", "User:"]

  /// The turns of a text that begins with the user's marker and has the assistant's; nil for any other text.
  ///
  /// The assistant's last turn may be empty: such a text waits for its reply.
  static func turns(of text: String) -> [Message]? {
    let text = text.trimmed
    if let user = users.first(where: { text.hasPrefix(sign + $0) }), text.contains(sign + assistant) {
      return turns(of: String(text.dropFirst(sign.count)), user: user, separator: sign)
    }
    guard let user = users.first(where: { text.hasPrefix($0) }) else { return nil }
    // One break is enough only where two are nowhere: a reply may have lines that begin like a marker.
    for separator in ["\n\n", "\n"] where text.contains(separator + assistant) {
      return turns(of: text, user: user, separator: separator)
    }
    return nil
  }

  /// Whether a text goes on with the assistant's marker.
  static func beginsWithReply(_ text: String) -> Bool {
    let text = text.trimmed
    return text.hasPrefix(assistant) || text.hasPrefix(sign + assistant)
  }

  private static func turns(of text: String, user: String, separator: String) -> [Message] {
    var turns: [Message] = []
    var role = Message.Role.user
    var rest = text.dropFirst(user.count)
    while true {
      let next = [(Message.Role.user, separator + user), (.assistant, separator + assistant)]
        .compactMap { role, marker in rest.range(of: marker).map { (role: role, range: $0) } }
        .min { $0.range.lowerBound < $1.range.lowerBound }
      let content = rest[..<(next?.range.lowerBound ?? rest.endIndex)]
      turns.append(Message(role: role, content: content.trimmed))
      guard let next else { return turns }
      role = next.role
      rest = rest[next.range.upperBound...]
    }
  }
}
