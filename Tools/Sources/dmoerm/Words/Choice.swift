import ArgumentParser

/// A choice of the library's as a word of the command line: `sharedHead` is typed shared-head, or as settings spell it.
///
/// The words are those of the library's type: a case that is added or renamed there is so here.
struct Choice<Value: CaseIterable & RawRepresentable<String> & Sendable>: ExpressibleByArgument, Sendable {
  var value: Value

  init(_ value: Value) { self.value = value }

  init?(argument: String) {
    let all = Value.allCases
    guard let match = all.first(where: { Self.word(of: $0) == argument || $0.rawValue == argument }) else { return nil }
    value = match
  }

  /// The word with a dash before each capital that begins one; names such as openBLAS stay as they are.
  private static func word(of value: Value) -> String {
    let letters = Array(value.rawValue)
    return letters.indices.reduce(into: "") { word, index in
      let begins = letters[index].isUppercase && index + 1 < letters.count && letters[index + 1].isLowercase
      word += begins ? "-" + letters[index].lowercased() : String(letters[index])
    }
  }

  var defaultValueDescription: String { Self.word(of: value) }
  static var allValueStrings: [String] { Value.allCases.map(word) }

  /// All words as a sentence has them: "a, b or c".
  static var listed: String {
    let words = allValueStrings
    return words.dropLast().joined(separator: ", ") + (words.count > 1 ? " or " : "") + (words.last ?? "")
  }
}
