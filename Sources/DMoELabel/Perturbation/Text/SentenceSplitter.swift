/// Cuts a text into the pieces of a `SentenceText`.
struct SentenceSplitter {
  let language: PerturbationLanguage
  private(set) var pieces: [SentenceText.Piece] = []
  private var isCode = false
  private var lineNumber = 0
  private var isOnlyLine = true

  init(language: PerturbationLanguage) { self.language = language }

  mutating func read(_ text: String) {
    isOnlyLine = !text.contains(where: \.isNewline)
    var line: [Character] = []
    for character in text {
      if character.isNewline {
        read(line[...])
        add(String(character))
        line.removeAll(keepingCapacity: true)
        lineNumber += 1
      } else {
        line.append(character)
      }
    }
    read(line[...])
  }

  // MARK: Lines

  private mutating func read(_ line: ArraySlice<Character>) {
    let start = line.firstIndex { !$0.isWhitespace } ?? line.endIndex
    let content = line[start...]
    let isFence = content.starts(with: "```") || content.starts(with: "~~~")
    if isFence || isCode {
      if isFence { isCode.toggle() }
      return add(String(line), isCode: true)
    }
    if content.isEmpty || content.first == "|" || content.first == "#" || Self.isRule(content) {
      return add(String(line))
    }
    let mark = ListMark(content)
    let rest = mark.map { content[$0.end...] } ?? content
    add(String(line[..<rest.startIndex]), number: mark?.number)
    let sentences = SentenceEnds(language: language).cut(rest)
    let isHeading = mark == nil && !isOnlyLine && Self.isHeading(rest, language)
    for (index, part) in sentences.enumerated() {
      let announces = index == sentences.count - 1 && (part.text.hasSuffix(":") || part.text.hasSuffix("："))
      add(part.text, isSentence: part.isSentence && !announces && !isHeading, isListItem: mark != nil)
    }
  }

  private mutating func add(
    _ text: String, isSentence: Bool = false, isListItem: Bool = false, number: Int? = nil, isCode: Bool = false
  ) {
    guard !text.isEmpty else { return }
    pieces.append(
      SentenceText.Piece(
        text: text, isSentence: isSentence, line: lineNumber, isListItem: isListItem, number: number, isCode: isCode))
  }

  /// A line of dashes or stars.
  private static func isRule(_ line: ArraySlice<Character>) -> Bool {
    line.count >= 3 && line.allSatisfy { "-*_=—─ ".contains($0) }
  }

  /// A short line that ends without a mark, such as a title; lines of a poem end with commas.
  private static func isHeading(_ line: ArraySlice<Character>, _ language: PerturbationLanguage) -> Bool {
    guard let last = line.last(where: { !$0.isWhitespace && $0 != "*" }),
      last.isLetter || last.isNumber || "：:".contains(last)
    else { return false }
    switch language {
    case .english: return line.split(separator: " ").count <= 8
    case .chinese: return line.count <= 15
    }
  }
}
