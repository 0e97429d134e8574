@_spi(Command) import DMoERM

/// Reads messages of chat APIs.
enum MessageReader {
  /// A message as a turn.
  ///
  /// - Parameter place: How errors name it.
  static func turn(_ message: JSONTree, _ place: String) throws(ServeError) -> Message {
    guard let name = message["role"]?.string else { throw .invalid("\(place).role is missing") }
    guard let role = Message.Role(rawValue: name == "developer" ? "system" : name) else {
      throw .invalid("\(place).role is none of system, user and assistant")
    }
    for key in ["tool_calls", "function_call"]
    where message[key]?.array?.isEmpty == false || message[key]?.isObject == true {
      throw .invalid("\(place).\(key): calls of tools are not read; send what was said as text")
    }
    guard let content = message["content"] else { throw .invalid("\(place).content is missing") }
    return Message(role: role, content: try text(content, "\(place).content"))
  }

  /// A content: a string, or a list of parts that are text.
  static func text(_ content: JSONTree, _ place: String) throws(ServeError) -> String {
    if let text = content.string { return text }
    guard let parts = content.array, !parts.isEmpty else {
      throw .invalid("\(place) is neither a text nor a list of parts")
    }
    var text = ""
    for (index, part) in parts.enumerated() {
      let kind = part["type"]?.string ?? "text"
      guard ["text", "input_text", "output_text"].contains(kind), let piece = part["text"]?.string else {
        throw .invalid("\(place)[\(index)] is no text; only texts are read")
      }
      text += piece
    }
    return text
  }
}
