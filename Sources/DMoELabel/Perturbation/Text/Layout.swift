/// The lines and marks by which a text is laid out.
enum Layout {
  /// All lines in one paragraph, without marks of headings, lists and bold print.
  static func flattened(_ text: String, language: PerturbationLanguage, keepsNumbers: Bool) -> String {
    var result = ""
    for line in text.split(whereSeparator: \.isNewline) {
      var rest = Array(line)[...]
      rest = rest.drop { $0.isWhitespace }
      let hashes = rest.prefix { $0 == "#" }
      if !hashes.isEmpty { rest = rest.dropFirst(hashes.count).drop { $0.isWhitespace } }
      if let mark = ListMark(rest), !keepsNumbers || mark.number == nil { rest = rest[mark.end...] }
      let plain = String(rest).replacing("**", with: "").replacing("__", with: "")
      guard plain.contains(where: { !$0.isWhitespace }) else { continue }
      // Between two Chinese characters no space stands.
      if let last = result.last, let first = plain.first, !(last.isWide || first.isWide) { result += " " }
      result += plain
    }
    return result
  }
}

extension Character {
  /// A Chinese character or mark.
  fileprivate var isWide: Bool {
    isHan
      || unicodeScalars.first.map { (0x3000...0x303F).contains($0.value) || (0xFF00...0xFFEF).contains($0.value) }
        ?? false
  }
}
