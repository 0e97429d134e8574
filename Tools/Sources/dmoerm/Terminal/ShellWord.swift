/// Words for commands that a user may copy.
enum ShellWord {
  /// The word as a POSIX shell reads it back.
  static func quoted(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.unicodeScalars.allSatisfy { scalar in
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "_-./:=,@%+".unicodeScalars.contains(scalar)
      }
    return isPlain
      ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  static func command(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }
}
