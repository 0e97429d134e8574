import DMoEData

extension ServiceDetail {
  /// What makes a run of characters that stands in both a service's words and a message a quotation.
  private enum Run: CaseIterable {
    /// Two words or more.
    case words
    /// A text in a script that puts no spaces between words, where a few characters say as much.
    case unspaced
    /// Anything so long, such as an address.
    case long

    var length: Int {
      switch self {
      case .words: 12
      case .unspaced: 6
      case .long: 28
      }
    }

    func takes(_ part: ArraySlice<Unicode.Scalar>) -> Bool {
      switch self {
      case .words: part.dropFirst().dropLast().contains(" ")
      // Thai to Tibetan, and from the radicals of Chinese on.
      case .unspaced: part.allSatisfy { (0x0E00...0x0FFF).contains($0.value) || $0.value >= 0x2E80 }
      case .long: true
      }
    }
  }

  /// A text that is shorter than a run is a quotation as a whole, unless it is shorter than this.
  private static let shortestText = 8

  /// Replaces the words of a line that it has in common with messages, whatever their case.
  ///
  /// A word counts as quoted as soon as one of its characters does: its rest is of the same text. What no fence encloses
  /// is a template's, whose usual words a service has too: of it only long runs count.
  static func withoutQuotations(of messages: [Message], in line: String) -> String {
    let scalars = folded(line)
    var isQuoted = [Bool](repeating: false, count: scalars.count)
    let fenced = messages.flatMap { TextFence.enclosed(in: $0.content) }
    for text in (fenced.isEmpty ? messages.map(\.content) : fenced).map({ folded(oneLine($0)) }) {
      for run in Run.allCases { mark(text, length: run.length, where: run.takes, in: scalars, &isQuoted) }
      if (shortestText..<Run.long.length).contains(text.count) {
        mark(text, length: text.count, where: { _ in true }, in: scalars, &isQuoted)
      }
    }
    for message in messages where !fenced.isEmpty {
      mark(folded(oneLine(message.content)), length: Run.long.length, where: Run.long.takes, in: scalars, &isQuoted)
    }
    return replacing(isQuoted, in: line)
  }

  /// Marks every part of the line of this length that the text has, too.
  private static func mark(
    _ text: [Unicode.Scalar], length: Int, where takes: (ArraySlice<Unicode.Scalar>) -> Bool,
    in line: [Unicode.Scalar], _ isQuoted: inout [Bool]
  ) {
    guard length <= line.count, length <= text.count else { return }
    var places: [ArraySlice<Unicode.Scalar>: [Int]] = [:]
    for start in 0...(line.count - length) {
      let part = line[start..<(start + length)]
      if takes(part) { places[part, default: []].append(start) }
    }
    guard !places.isEmpty else { return }
    for start in 0...(text.count - length) {
      for place in places.removeValue(forKey: text[start..<(start + length)]) ?? [] {
        for index in place..<(place + length) { isQuoted[index] = true }
      }
    }
  }

  /// The line with one mark in the place of all quoted words in a row.
  private static func replacing(_ isQuoted: [Bool], in line: String) -> String {
    var result: [Substring.UnicodeScalarView] = []
    let mark = leftOut[...].unicodeScalars
    var start = 0
    for word in line.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false) {
      let end = start + word.count
      if !isQuoted[start..<end].contains(true) {
        result.append(word)
      } else if result.last.map({ !$0.elementsEqual(mark) }) ?? true {
        result.append(mark)
      }
      start = end + 1
    }
    return result.map { String($0) }.joined(separator: " ")
  }

  /// The scalars, one for one, in lower case.
  private static func folded(_ text: String) -> [Unicode.Scalar] {
    text.unicodeScalars.map { scalar in
      let lower = scalar.properties.lowercaseMapping.unicodeScalars
      return lower.count == 1 ? lower[lower.startIndex] : scalar
    }
  }
}
