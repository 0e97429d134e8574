/// Finds where sentences of a line end.
struct SentenceEnds {
  let language: PerturbationLanguage

  /// The sentences of a line, and the white space between them.
  func cut(_ line: ArraySlice<Character>) -> [(text: String, isSentence: Bool)] {
    var parts: [(text: String, isSentence: Bool)] = []
    var start = line.startIndex
    var place = line.startIndex
    func add(_ range: Range<Int>) {
      guard !range.isEmpty else { return }
      let text = String(line[range])
      parts.append((text, text.contains { $0.isLetter || $0.isNumber }))
    }
    while place < line.endIndex {
      guard let end = end(at: place, of: line, from: start) else {
        place += 1
        continue
      }
      add(start..<end)
      start = end
      while start < line.endIndex, line[start].isWhitespace { start += 1 }
      add(end..<start)
      place = start
    }
    // White space at the end of the line belongs to no sentence.
    let tail = line[start...].lastIndex { !$0.isWhitespace }.map { $0 + 1 } ?? start
    add(start..<tail)
    add(tail..<line.endIndex)
    return parts
  }

  /// Where the sentence ends that a mark at this place ends; nil if it ends none.
  private func end(at place: Int, of line: ArraySlice<Character>, from start: Int) -> Int? {
    let mark = line[place]
    guard Self.wide.contains(mark) || Self.narrow.contains(mark) else { return nil }
    var end = place + 1
    while end < line.endIndex, Self.wide.contains(line[end]) || Self.narrow.contains(line[end]) { end += 1 }
    while end < line.endIndex, Self.closers.contains(line[end]) { end += 1 }
    if Self.wide.contains(mark) { return end }
    guard end < line.endIndex else { return end }
    if !line[end].isWhitespace { return mark != "." && line[end].isHan ? end : nil }
    return mark == "." && isAbbreviation(line[start..<place]) ? nil : end
  }

  /// Whether the stop after these words belongs to the last of them.
  private func isAbbreviation(_ words: ArraySlice<Character>) -> Bool {
    let word = String(words.reversed().prefix { !$0.isWhitespace && $0 != "(" }.reversed())
    // "J." and "J.K." are initials; "I." is none.
    let letters = word.split(separator: ".")
    if word != "I", !letters.isEmpty, letters.allSatisfy({ $0.count == 1 && $0.first?.isUppercase == true }) {
      return true
    }
    return Self.abbreviations.contains(word.lowercased())
  }

  private static let wide: Set<Character> = ["。", "！", "？"]
  private static let narrow: Set<Character> = [".", "!", "?"]
  private static let closers: Set<Character> = ["\"", "'", "”", "’", "」", "』", "）", ")", "]", "】", "*", "_"]
  private static let abbreviations: Set<String> = [
    "mr", "mrs", "ms", "dr", "prof", "sr", "jr", "st", "vs", "e.g", "i.e", "etc", "no", "vol", "fig", "inc", "ltd",
    "co",
    "corp", "approx", "dept", "est", "u.s", "u.k", "u.n", "a.m", "p.m", "ph.d", "b.c", "a.d", "gen", "sen", "rep", "mt",
  ]
}
