import DMoEData

/// What may be repeated of a service's own words about an error.
///
/// Such words help ("model X does not exist"), but services also quote the key or the prompt.
enum ServiceDetail {
  /// The longest detail, in characters.
  static let maximumLength = 200
  /// So many characters in common with a message are a quotation.
  static let quotation = 24
  /// So many characters in common with the key are a part of it.
  static let keyPart = 8

  /// The words on one line of at most 200 characters, with the key as `***`; nil if they quote a message.
  static func clean(_ words: String, key: String?, messages: [Message]) -> String? {
    // What lies far behind the cut cannot be shown.
    var line = oneLine(String(words.prefix(4 * maximumLength)))
    if let key { line = hide(key, in: line) }
    line = line.split(separator: " ").map { looksLikeKey($0) ? "***" : String($0) }.joined(separator: " ")
    if line.count > maximumLength { line = line.prefix(maximumLength - 1) + "…" }
    guard !line.isEmpty, !messages.contains(where: { quotes(line, $0.content) }) else { return nil }
    return line
  }

  /// A service's short code such as `model_not_found`; nil if it is anything else.
  static func code(_ code: String?, key: String?) -> String? {
    guard let code, (1...64).contains(code.utf8.count),
      code.utf8.allSatisfy({
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
          || [UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains($0)
      })
    else { return nil }
    return key.map { hide($0, in: code) == code } ?? true ? code : nil
  }

  private static func oneLine(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { scalar -> Character in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned,
        .spaceSeparator:
        " "
      default: Character(scalar)
      }
    }
    return String(scalars).split(separator: " ").joined(separator: " ")
  }

  /// Replaces the key and its longer parts.
  private static func hide(_ key: String, in text: String) -> String {
    let key = Array(key.unicodeScalars)
    guard !key.isEmpty else { return text }
    let part = min(keyPart, key.count)
    let text = Array(text.unicodeScalars)
    let parts = Set((0...(key.count - part)).map { Array(key[$0..<($0 + part)]) })
    var result = String.UnicodeScalarView()
    var hiddenEnd = 0
    for index in text.indices {
      if index + part <= text.count, parts.contains(Array(text[index..<(index + part)])) {
        if index >= hiddenEnd { result.append(contentsOf: "***".unicodeScalars) }
        hiddenEnd = index + part
      }
      if index >= hiddenEnd { result.append(text[index]) }
    }
    return String(result)
  }

  /// Whether a word begins as the keys of services do, or has a part like them: 20 letters and digits or more.
  ///
  /// Services quote keys that are not the one that was sent, such as what a gateway has of its own.
  private static func looksLikeKey(_ word: Substring) -> Bool {
    let begins = ["sk-", "sk_", "pk-", "rk-", "gsk_", "hf_", "xai-", "aiza", "pplx-", "nvapi-", "r8_", "key-"]
    let word = word.lowercased().drop { !$0.isLetter && !$0.isNumber }
    if begins.contains(where: word.hasPrefix) { return true }
    return word.split { !$0.isLetter && !$0.isNumber }.contains { part in
      part.count >= 20 && part.contains(where: \.isNumber) && part.contains(where: \.isLetter)
    }
  }

  /// Whether the line holds a run of 24 characters of the message, or all of a message of 8 to 23.
  private static func quotes(_ line: String, _ message: String) -> Bool {
    let line = Array(line.unicodeScalars)
    let message = Array(oneLine(message).unicodeScalars)
    let run = min(quotation, message.count)
    guard run >= 8, line.count >= run else { return false }
    // Lengths of the common runs that end at each character of the line; only the last row is kept.
    var lengths = [Int](repeating: 0, count: line.count + 1)
    for scalar in message {
      for index in stride(from: line.count, to: 0, by: -1) {
        lengths[index] = line[index - 1] == scalar ? lengths[index - 1] + 1 : 0
        if lengths[index] >= run { return true }
      }
    }
    return false
  }
}
