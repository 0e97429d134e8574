import Foundation

@_spi(Command) extension VerdictReader {
  /// The probability that the response shown first is better by the judge's own word, ties counted half; nil if the
  /// tokens do not say.
  ///
  /// At the token where the verdict begins, and at those after it as long as they leave the answer open, such as
  /// "Response", the alternatives are sorted by the answer they begin. Then P(first) + P(tie) / 2, over their sum.
  ///
  /// - Parameters:
  ///   - verdict: what the reply says.
  ///   - text: the reply without thoughts.
  ///   - tokens: all tokens of the reply, and of its thoughts if the service gives them.
  func firstProbability(
    _ verdict: Verdict, of text: some StringProtocol, in tokens: [CompletionReply.TokenLogProbability]
  ) -> Double? {
    let bytes = tokens.map { Self.bytes(of: $0.token) }
    guard let start = verdictStart(in: bytes.flatMap { $0 }, of: text) else { return nil }
    var index = 0
    var offset = 0
    while offset + bytes[index].count <= start {
      offset += bytes[index].count
      index += 1
    }

    var masses: [Verdict: Double] = [:]
    var taken: [UInt8] = []
    var branch = 1.0
    // What stands before the verdict in its first token is no part of it.
    var own = Array(bytes[index].dropFirst(start - offset))
    while true {
      let token = tokens[index]
      let chosen = meaning(of: taken + own)
      if let answer = chosen.answer {
        masses[answer, default: 0] += branch * Self.probability(of: token)
      } else if chosen == .nothing, taken.isEmpty, token.token.contains("\u{FFFD}"), hasOwnBeginnings(verdict) {
        // Some services give a part of a character as U+FFFD; what it became is in the reply.
        masses[verdict, default: 0] += branch * Self.probability(of: token)
      }
      for alternative in token.alternatives where alternative.token != token.token {
        guard let answer = meaning(of: taken + Self.bytes(of: alternative.token)).answer else { continue }
        masses[answer, default: 0] += branch * Self.probability(of: alternative)
      }
      guard chosen == .open, index + 1 < tokens.count else { break }
      taken += own
      branch *= Self.probability(of: token)
      index += 1
      own = bytes[index]
    }

    let total = masses.values.reduce(0, +)
    guard total >= Self.leastMass else { return nil }
    return ((masses[.first] ?? 0) + (masses[.tie] ?? 0) / 2) / total
  }

  /// How much of the probability must belong to an answer: with less, the rest could turn the verdict.
  private static let leastMass = 0.5

  private enum Meaning: Equatable {
    case answer(Verdict)
    /// The beginning of several answers.
    case open
    case nothing

    var answer: Verdict? { if case .answer(let verdict) = self { verdict } else { nil } }
  }

  /// Whether no other answer has a spelling that begins with the same character as one of this answer's.
  private func hasOwnBeginnings(_ verdict: Verdict) -> Bool {
    let mine = Set(spellings.filter { $0.value == verdict }.compactMap(\.key.first))
    return !spellings.contains { $0.value != verdict && $0.key.first.map(mine.contains) == true }
  }

  /// Which answer a text begins, or is.
  private func meaning(of bytes: [UInt8]) -> Meaning {
    let text = Self.lowercased(bytes[Self.leadEnd(in: bytes[...])...])
    guard !text.isEmpty else { return .open }
    let closed = Self.withoutClosing(text)
    var found: Verdict?
    for (spelling, verdict) in spellings where spelling.utf8.starts(with: text) || spelling.utf8.elementsEqual(closed) {
      if found != nil, found != verdict { return .open }
      found = verdict
    }
    return found.map(Meaning.answer) ?? .nothing
  }

  // MARK: Where the verdict begins

  /// The offset of the first byte of the verdict itself, which stands behind all thoughts.
  private func verdictStart(in bytes: [UInt8], of reply: some StringProtocol) -> Int? {
    guard !bytes.isEmpty else { return nil }
    var words = Array(reply.utf8.drop(while: Self.isSpace))
    while let last = words.last, Self.isSpace(last) { words.removeLast() }
    // The reply stands last in its tokens, whatever marks the service gives of the thoughts; only tokens that write
    // white space or parts of characters in ways of their own hide it.
    let whole = Thoughts.lastPlace(of: words, in: bytes).map { $0..<($0 + words.count) }
    guard let range = whole ?? Thoughts.reply(in: bytes) else { return nil }
    return verdictStart(in: bytes[range])
  }

  private func verdictStart(in range: ArraySlice<UInt8>) -> Int? {
    let bytes = Array(range)
    guard !bytes.isEmpty else { return nil }
    let key = Array(#""verdict""#.utf8)
    let text = Self.lowercased(bytes[...])
    var start: Int?
    if let place = Self.lastPlace(of: key, in: text, where: { Self.colonEnd(in: text, from: $0) != nil }) {
      start = Self.colonEnd(in: text, from: place + key.count)
    } else if let place = lastLabel(in: text) {
      start = place
    }
    let place = start ?? 0
    let end = Self.leadEnd(in: bytes[place...])
    return end < bytes.count ? range.startIndex + end : nil
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  /// Where the text after the last label and its colon begins, if the label begins a line.
  private func lastLabel(in text: [UInt8]) -> Int? {
    labels.compactMap { label in
      let name = Array(label.utf8)
      guard !name.isEmpty else { return nil }
      let place = Self.lastPlace(of: name, in: text) { end in
        Self.colonEnd(in: text, from: end) != nil && Self.beginsLine(text, at: end - name.count)
      }
      return place.flatMap { Self.colonEnd(in: text, from: $0 + name.count) }
    }.max()
  }

  /// The last place of a word whose end fulfils a condition.
  private static func lastPlace(of word: [UInt8], in text: [UInt8], where fits: (Int) -> Bool) -> Int? {
    guard text.count >= word.count else { return nil }
    return (0...(text.count - word.count)).last { place in
      text[place] == word[0] && text[place...].starts(with: word) && fits(place + word.count)
    }
  }

  private static func beginsLine(_ text: [UInt8], at place: Int) -> Bool {
    let line = text[..<place].lastIndex { $0 == 0x0A || $0 == 0x0D }.map { $0 + 1 } ?? 0
    return leadEnd(in: text[line..<place]) == place
  }

  /// The place after white space, emphasis and a colon; nil without a colon.
  private static func colonEnd(in text: [UInt8], from start: Int) -> Int? {
    var place = start
    while place < text.count, [0x20, 0x09, 0x2A, 0x5F].contains(text[place]) { place += 1 }
    return colons.first { text[place...].starts(with: $0) }.map { place + $0.count }
  }

  // MARK: Bytes

  /// Where quotes, brackets, emphasis, colons and white space at the beginning end.
  private static func leadEnd(in text: ArraySlice<UInt8>) -> Int {
    var rest = text
    while let lead = leads.first(where: { rest.starts(with: $0) }) { rest = rest.dropFirst(lead.count) }
    return rest.startIndex
  }

  /// The text without what may stand after a verdict.
  private static func withoutClosing(_ text: [UInt8]) -> ArraySlice<UInt8> {
    var rest = text[...]
    while let close = closes.first(where: { rest.count > $0.count && rest.suffix($0.count).elementsEqual($0) }) {
      rest = rest.dropLast(close.count)
    }
    return rest
  }

  private static let colons = VerdictText.colons.map { Array(String($0).utf8) }
  /// U+2581, U+0120 and U+010A are the white space of tokenizers whose services do not translate it.
  private static let leads =
    (VerdictText.enclosing.union(VerdictText.colons).union([" ", "\t", "\n", "\r", "\u{2581}", "\u{120}", "\u{10A}"]))
    .map { Array(String($0).utf8) }
  private static let closes =
    leads + ["}", ",", ".", "。", "!", "！", "，", ";", "；"].map { Array(($0 as String).utf8) }

  /// A token as bytes; parts of characters are written `\xE5`, possibly after `bytes:`.
  private static func bytes(of token: String) -> [UInt8] {
    let raw = Array(token.utf8)
    let prefix = Array("bytes:".utf8)
    let digits = raw.starts(with: prefix) ? raw.dropFirst(prefix.count) : raw[...]
    guard digits.count >= 4, digits.starts(with: Array("\\x".utf8)) else { return raw }
    var bytes: [UInt8] = []
    var place = digits.startIndex
    while place < digits.endIndex {
      // A token may hold whole characters beside the part of one.
      guard digits[place...].starts(with: Array("\\x".utf8)), place + 4 <= digits.endIndex,
        let byte = UInt8(String(decoding: digits[(place + 2)..<(place + 4)], as: UTF8.self), radix: 16)
      else {
        bytes.append(digits[place])
        place += 1
        continue
      }
      bytes.append(byte)
      place += 4
    }
    return bytes
  }

  private static func lowercased(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
  }

  private static func probability(of token: CompletionReply.TokenLogProbability) -> Double {
    let probability = exp(Double(token.logProbability))
    return probability.isFinite ? min(probability, 1) : 0
  }
}
