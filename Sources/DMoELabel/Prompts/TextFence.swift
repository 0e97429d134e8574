import DMoEData

/// Lines around texts that no text among them can imitate.
///
/// The name on the lines occurs in none of the texts. It is a hash of all of them, so that an author cannot aim at it
/// either; equal texts in any order have the same fence.
struct TextFence {
  /// The name: consonants, which spell no word and no verdict.
  let name: String

  /// A fence for these texts.
  init(around texts: [String]) {
    let folded = texts.map { $0.uppercased() }.sorted()
    var attempt = 0
    var name: String
    repeat {
      name = Self.name(for: folded, attempt: attempt)
      attempt += 1
    } while folded.contains { $0.contains(name) }
    self.name = name
  }

  /// A text between two lines of the fence.
  func enclose(_ text: String) -> String { "<<<\(name)\n\(text)\n\(name)>>>" }

  /// The texts between the lines of fences in a message.
  static func enclosed(in message: String) -> [String] {
    var result: [String] = []
    var lines = message.split(separator: "\n", omittingEmptySubsequences: false)[...]
    while let line = lines.popFirst() {
      guard line.hasPrefix("<<<"), let end = lines.firstIndex(of: line.dropFirst(3) + ">>>") else { continue }
      result.append(lines[..<end].joined(separator: "\n"))
      lines = lines[(end + 1)...]
    }
    return result
  }

  /// Names grow with the attempts, and end up longer than any text.
  private static func name(for texts: [String], attempt: Int) -> String {
    var hash = SeededHash(seed: UInt64(attempt))
    for text in texts { hash.combine(text) }
    let letters = Array("BCDFGHJKLMNPQRSTVWXZ")
    var word = hash.value
    var name = ""
    for _ in 0..<(6 + attempt / 8) {
      name.append(letters[Int(word % UInt64(letters.count))])
      word = SeededHash.mix(word)
    }
    return name
  }
}
