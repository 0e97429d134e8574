/// A text with names in braces, taken apart once so that what is put in is never read as a placeholder.
struct TemplateText {
  /// A stretch of the text.
  enum Part: Equatable {
    /// Text that stays.
    case literal(String)
    /// The name between two braces: letters, digits, `_` and `-`.
    case placeholder(String)
  }

  /// The stretches, in order.
  let parts: [Part]

  /// Takes a text apart; braces around anything but a name are text.
  init(_ text: String) {
    // Bytes, not characters: a combining mark after a brace would hide it.
    let bytes = Array(text.utf8)
    var parts: [Part] = []
    var start = 0
    var place = 0
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "{") {
        let end = bytes[(place + 1)...].firstIndex { !Self.isNameByte($0) } ?? bytes.count
        if end > place + 1, end < bytes.count, bytes[end] == UInt8(ascii: "}") {
          if start < place { parts.append(.literal(String(decoding: bytes[start..<place], as: UTF8.self))) }
          parts.append(.placeholder(String(decoding: bytes[(place + 1)..<end], as: UTF8.self)))
          place = end + 1
          start = place
          continue
        }
      }
      place += 1
    }
    if start < bytes.count { parts.append(.literal(String(decoding: bytes[start...], as: UTF8.self))) }
    self.parts = parts
  }

  /// The names in braces, in order.
  var placeholders: [String] {
    parts.compactMap { part in
      if case .placeholder(let name) = part { name } else { nil }
    }
  }

  /// The text with `value` of each name in its place.
  func filled(_ value: (String) -> String) -> String {
    parts.map { part in
      switch part {
      case .literal(let text): text
      case .placeholder(let name): value(name)
      }
    }.joined()
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: "-")
  }
}
