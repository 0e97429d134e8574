/// A response as sentences and what lies between them, so that rules change sentences and nothing else.
///
/// White space, list marks, headings, lines that announce a list, tables and code are fixed. The pieces one after
/// another are the text, byte by byte.
struct SentenceText: Sendable {
  /// A sentence, or what lies between two.
  struct Piece: Sendable, Hashable {
    var text: String
    let isSentence: Bool
    /// The line of the text, counted from 0.
    let line: Int
    /// Whether a list mark begins the line.
    let isListItem: Bool
    /// The number that a list mark has, where the piece is such a mark.
    var number: Int?
    /// Whether the piece belongs to a block of code.
    var isCode = false
  }

  let language: PerturbationLanguage
  let pieces: [Piece]
  /// The places of the sentences among the pieces.
  let sentences: [Int]

  init(_ text: String, language: PerturbationLanguage) {
    var splitter = SentenceSplitter(language: language)
    splitter.read(text)
    self.init(splitter.pieces, language: language)
  }

  private init(_ pieces: [Piece], language: PerturbationLanguage) {
    self.language = language
    self.pieces = pieces
    sentences = pieces.indices.filter { pieces[$0].isSentence }
  }

  /// The text, byte by byte.
  var text: String { pieces.lazy.map(\.text).joined() }

  /// The places of the sentences that stand in paragraphs, not in lists.
  var prose: [Int] { sentences.filter { !pieces[$0].isListItem } }

  /// The lines that a list mark begins.
  var listLines: [Int] {
    var lines: [Int] = []
    for piece in pieces where piece.isListItem && piece.isSentence && lines.last != piece.line {
      lines.append(piece.line)
    }
    return lines
  }

  /// Whether there is a block of code.
  var hasCode: Bool { pieces.contains(where: \.isCode) }

  /// The text with other sentences in some places.
  func replacing(_ texts: [Int: String]) -> String {
    pieces.indices.lazy.map { texts[$0] ?? pieces[$0].text }.joined()
  }

  /// The text with sentences added after some places.
  func inserting(_ texts: [Int: [String]]) -> String {
    var result = ""
    for index in pieces.indices {
      result += pieces[index].text
      guard let added = texts[index] else { continue }
      // A sentence without a mark would run into the next.
      if let last = result.last, last.isLetter || last.isNumber { result += language == .english ? "." : "。" }
      for text in added { result += language.sentenceSpace + text }
    }
    return result
  }
}

extension SentenceText {
  /// The text without some sentences; a line that loses all of them goes, with its list mark, and later numbers of the
  /// list move up.
  func removing(_ removed: Set<Int>) -> String {
    let emptied = emptiedLines(removed)
    var result = ""
    var skipsSpace = false
    var shift = 0
    var lastNumber = 0
    for (index, piece) in pieces.enumerated() {
      if let number = piece.number {
        // A list that begins again counts anew.
        if number <= lastNumber { shift = 0 }
        lastNumber = number
        if emptied.contains(piece.line) { shift += 1 }
      }
      if emptied.contains(piece.line) { continue }
      if removed.contains(index) {
        skipsSpace = true
        continue
      }
      if skipsSpace, !piece.isSentence, piece.text.allSatisfy({ $0 == " " || $0 == "\t" }) {
        skipsSpace = false
        continue
      }
      skipsSpace = false
      result += piece.number.map { number in Self.renumbered(piece.text, number, number - shift) } ?? piece.text
    }
    return Self.tidied(result)
  }

  /// The lines whose every sentence is removed.
  private func emptiedLines(_ removed: Set<Int>) -> Set<Int> {
    var left: [Int: Int] = [:]
    for index in sentences { left[pieces[index].line, default: 0] += removed.contains(index) ? 0 : 1 }
    return Set(left.filter { $0.value == 0 }.map(\.key))
  }

  private static func renumbered(_ mark: String, _ old: Int, _ new: Int) -> String {
    guard old != new, let range = mark.firstRange(of: "\(old)") else { return mark }
    return mark.replacingCharacters(in: range, with: "\(max(new, 1))")
  }

  /// Without white space at the ends, at the ends of lines and beyond one blank line.
  static func tidied(_ text: String) -> String {
    var lines: [Substring] = []
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      let end = line.lastIndex { !$0.isWhitespace }.map(line.index(after:)) ?? line.startIndex
      let line = line[..<end]
      if line.isEmpty, lines.last?.isEmpty ?? true { continue }
      lines.append(line)
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines.joined(separator: "\n")
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
    self[..<range.lowerBound] + text + self[range.upperBound...]
  }
}
