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

/// The mark that begins an item of a list, such as "- " or "2. ".
struct ListMark {
  /// Where the item's text begins.
  let end: Int
  /// The item's number, where it has one in digits.
  let number: Int?

  /// The mark at the beginning of a line without its indent; nil if there is none.
  init?(_ line: ArraySlice<Character>) {
    guard let first = line.first else { return nil }
    var place = line.startIndex
    var number: Int?
    if "-*+•·●○▪–—>".contains(first) {
      place += 1
      guard place < line.endIndex, line[place].isWhitespace || "•·●○▪".contains(first) else { return nil }
    } else if let parsed = Self.numbered(line) {
      (place, number) = parsed
    } else {
      return nil
    }
    while place < line.endIndex, line[place].isWhitespace { place += 1 }
    guard place < line.endIndex else { return nil }
    end = place
    self.number = number
  }

  /// "2." "2)" "2、" "（2）" "(a)" "二、": where it ends, and its number.
  private static func numbered(_ line: ArraySlice<Character>) -> (Int, Int?)? {
    var place = line.startIndex
    let isOpen = line[place] == "(" || line[place] == "（"
    if isOpen { place += 1 }
    let digits = line[place...].prefix { $0.isASCII && $0.isNumber }
    let numerals = line[place...].prefix { "一二三四五六七八九十".contains($0) }
    let count = max(digits.count, numerals.count)
    guard (1...3).contains(count), place + count < line.endIndex else { return nil }
    place += count
    let close = line[place]
    place += 1
    let number = Int(String(digits))
    switch close {
    case ")", "）": return (place, number)
    case "、", "．": return isOpen ? nil : (place, number)
    case ".", ":", "：":
      // "3.5 liters" and "10:30" begin no item.
      guard !isOpen, number != nil, place == line.endIndex || !line[place].isNumber else { return nil }
      return (place, number)
    default: return nil
    }
  }
}
