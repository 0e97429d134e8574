/// Words for commands that a user may copy.
enum ShellWord {
  /// The word as a POSIX shell reads it back.
  static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.unicodeScalars.allSatisfy { scalar in
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "_-./:=,@%+".unicodeScalars.contains(scalar)
      }
    if isPlain { return word }
    // Double quotes read better around an apostrophe, if nothing in them means something to a shell.
    if word.contains("'"), !word.contains(where: { "\"$`\\!".contains($0) }) { return "\"\(word)\"" }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  static func command(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

  /// A command over several lines, which a shell reads as one.
  static func lines(_ parts: [[String]]) -> [String] {
    parts.enumerated().map { index, words in
      (index == 0 ? "" : "  ") + command(words) + (index < parts.count - 1 ? " \\" : "")
    }
  }
}
