/// How far texts that stand for a verdict may differ and still be the same.
enum VerdictText {
  /// The text in lower case, without white space, quotes, brackets and emphasis around it and punctuation after it.
  ///
  /// White space within becomes one space, and so does what joins two words of a name as in `response_1`.
  static func core(of text: some StringProtocol) -> String {
    let words = stripped(Substring(text)).split(whereSeparator: \.isWhitespace)
    return withoutJoints(words.joined(separator: " ").lowercased())
  }

  /// A sign before a digit stays: only what follows a letter joins.
  private static func withoutJoints(_ text: String) -> String {
    let characters = Array(text)
    return String(
      characters.indices.map { index in
        guard joints.contains(characters[index]), index > 0, index + 1 < characters.count else {
          return characters[index]
        }
        let (before, after) = (characters[index - 1], characters[index + 1])
        return before.isLetter && (after.isLetter || after.isNumber) ? " " : characters[index]
      })
  }

  /// What follows `label` and a colon in a text of the form of `core(of:)`; nil if it does not begin so.
  static func rest(of core: String, after label: String) -> Substring? {
    guard core.hasPrefix(label) else { return nil }
    let tail = core.dropFirst(label.count).drop { $0.isWhitespace || emphasis.contains($0) }
    guard let colon = tail.first, colons.contains(colon) else { return nil }
    return tail.dropFirst()
  }

  static let colons: Set<Character> = [":", "："]
  private static let joints: Set<Character> = ["_", "-", "\u{2010}", "\u{2011}"]
  static let emphasis: Set<Character> = ["*", "_"]
  // No braces: what begins with one is to be read as JSON or not at all.
  static let enclosing: Set<Character> = emphasis.union("\"'`“”‘’«»「」『』()[]<>（）［］【】〈〉《》")
  private static let closing: Set<Character> = enclosing.union(".。!！,，;；")

  private static func stripped(_ text: Substring) -> Substring {
    var text = text
    while let first = text.first, first.isWhitespace || enclosing.contains(first) { text.removeFirst() }
    while let last = text.last, last.isWhitespace || closing.contains(last) { text.removeLast() }
    return text
  }
}
