import DMoEData

/// What may be repeated of a service's own words about an error.
///
/// Such words help ("model X does not exist"), but services also quote the key or the prompt.
enum ServiceDetail {
  /// The longest detail, in characters.
  static let maximumLength = 200
  /// So many characters in common with the key are a part of it.
  static let keyPart = 8
  /// What stands in the place of a key.
  private static let hiddenKey = "***"
  /// What stands in the place of a quotation.
  static let leftOut = "…"

  /// The words on one line of at most 200 characters, with keys as `***` and what they quote of the messages as `…`.
  ///
  /// - Returns: nil if nothing is left.
  static func clean(_ words: String, key: String?, messages: [Message]) -> String? {
    // What lies far behind the cut cannot be shown.
    var line = oneLine(String(words.prefix(4 * maximumLength)))
    if let key { line = hide(key, in: line) }
    line = withoutQuotations(of: messages, in: withoutKeys(line))
    if line.count > maximumLength { line = line.prefix(maximumLength - 1) + leftOut }
    return line.contains(where: { $0.isLetter || $0.isNumber }) ? line : nil
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

  static func oneLine(_ text: String) -> String {
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
        if index >= hiddenEnd { result.append(contentsOf: hiddenKey.unicodeScalars) }
        hiddenEnd = index + part
      }
      if index >= hiddenEnd { result.append(text[index]) }
    }
    return String(result)
  }

  /// Replaces the words that look like keys, and what stands where a key does.
  ///
  /// Services quote keys that are not the one that was sent, such as what a gateway has of its own.
  private static func withoutKeys(_ line: String) -> String {
    var before = ""
    let words = line.split(separator: " ").map { word -> String in
      defer { before = word.lowercased() }
      return looksLikeKey(word) || announcesKey(before, word) ? hiddenKey : String(word)
    }
    return words.joined(separator: " ")
  }

  /// Whether a word has a part that begins as the keys of services do, that is partly starred out, or that is as long
  /// and mixed as keys are: 20 letters and digits or more.
  private static func looksLikeKey(_ word: Substring) -> Bool {
    let begins = ["sk-", "sk_", "pk-", "rk-", "gsk_", "hf_", "xai-", "aiza", "pplx-", "nvapi-", "r8_", "key-"]
    let word = word.lowercased()
    let parts = word.split { !$0.isLetter && !$0.isNumber && $0 != "-" && $0 != "_" }
    if parts.contains(where: { part in begins.contains { part.drop { $0 == "-" || $0 == "_" }.hasPrefix($0) } }) {
      return true
    }
    if word.contains("**"), word.contains(where: { $0.isLetter || $0.isNumber }) { return true }
    return word.split { !$0.isLetter && !$0.isNumber }.contains { part in
      part.count >= 20 && part.contains(where: \.isNumber) && part.contains(where: \.isLetter)
    }
  }

  /// Whether the word before, such as `Bearer` or `key:`, says that a key follows.
  private static func announcesKey(_ before: String, _ word: Substring) -> Bool {
    guard !word.hasPrefix(hiddenKey), word.contains(where: { $0.isLetter || $0.isNumber }) else { return false }
    let name = before.filter { $0.isLetter }
    // "Bearer token is missing" is about no key in particular.
    if name == "bearer" { return !["token", "auth", "authentication"].contains(word.lowercased().filter(\.isLetter)) }
    guard let mark = before.last, ":=：".contains(mark) else { return false }
    return name.hasSuffix("key") || name.hasSuffix("token") || name == "provided"
  }
}
