import DMoEFoundation

/// What tells one chat template from another, whatever blanks and quotes its author chose inside of tags.
///
/// A Jinja text is cut into its data and the symbols of its tags. White space that Jinja takes away (`-`, and
/// `trim_blocks` and `lstrip_blocks`, which transformers sets) does not count, nor do comments, the kind of quotes, or
/// whether a key is written `a.b` or `a['b']`. Nothing is evaluated.
struct JinjaFingerprint {
  /// 16 hexadecimal digits.
  let text: String

  /// The fingerprint of a template's text.
  init(_ text: String) {
    var hash = FNV1aHash()
    for symbol in Self.symbols(text) { hash.combine(symbol) }
    self.text = hash.value.hexadecimal
  }

  private enum Stripping { case none, line, all }

  private static let closings: [String: [UInt8]] = [
    "{{": Array("}}".utf8), "{%": Array("%}".utf8), "{#": Array("#}".utf8),
  ]
  private static let newline = UInt8(ascii: "\n")

  /// Data (with a `T` before) and the symbols of tags, in their order.
  static func symbols(_ text: String) -> [String] {
    // Jinja reads every kind of newline as \n and leaves out one at the end.
    let unified = TextNormalization.replacing(
      "\r", with: "\n", in: TextNormalization.replacing("\r\n", with: "\n", in: text))
    var bytes = Array(unified.utf8)
    if bytes.last == newline { bytes.removeLast() }
    var result: [String] = []
    var data: [UInt8] = []
    func endData() {
      if !data.isEmpty { result.append("T" + String(decoding: data, as: UTF8.self)) }
      data.removeAll()
    }
    var position = 0
    var stripping = Stripping.none
    while let start = nextTag(bytes, from: position) {
      let opening = String(decoding: bytes[start..<start + 2], as: UTF8.self)
      let isComment = opening == "{#"
      let isOutput = opening == "{{"
      guard let closing = closings[opening], let end = endOfTag(bytes, start + 2, closing, skipsStrings: !isComment)
      else { break }
      var body = bytes[start + 2..<end]
      let mark = body.first
      if mark == UInt8(ascii: "-") || mark == UInt8(ascii: "+") { body.removeFirst() }
      data += leading(bytes, position..<start, stripping, mark: mark, isOutput: isOutput)
      stripping = isOutput ? .none : .line
      if let last = body.last, last == UInt8(ascii: "-") || last == UInt8(ascii: "+") {
        body.removeLast()
        stripping = last == UInt8(ascii: "-") ? .all : .none
      }
      if !isComment {
        endData()
        result += [opening] + joined(inner(body)) + [String(decoding: closing, as: UTF8.self)]
      }
      position = end + 2
    }
    data += leading(bytes, position..<bytes.count, stripping, mark: UInt8(ascii: "+"), isOutput: true)
    endData()
    return result
  }

  private static func nextTag(_ bytes: [UInt8], from start: Int) -> Int? {
    guard start < bytes.count else { return nil }
    let kinds = [UInt8(ascii: "{"), UInt8(ascii: "%"), UInt8(ascii: "#")]
    return (start..<max(start, bytes.count - 1)).first { place in
      bytes[place] == UInt8(ascii: "{") && kinds.contains(bytes[place + 1])
    }
  }

  /// Where the closing mark of a tag stands; not one within a string.
  private static func endOfTag(_ bytes: [UInt8], _ start: Int, _ closing: [UInt8], skipsStrings: Bool) -> Int? {
    var quote: UInt8?
    var position = start
    while position + 1 < bytes.count {
      let byte = bytes[position]
      if let open = quote {
        if byte == UInt8(ascii: "\\") { position += 1 } else if byte == open { quote = nil }
      } else if skipsStrings, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        quote = byte
      } else if byte == closing[0], bytes[position + 1] == closing[1] {
        return position
      }
      position += 1
    }
    return nil
  }

  /// The data before a tag, without the white space that Jinja takes away at both ends.
  private static func leading(
    _ bytes: [UInt8], _ range: Range<Int>, _ stripping: Stripping, mark: UInt8?, isOutput: Bool
  ) -> ArraySlice<UInt8> {
    var data = bytes[range]
    switch stripping {
    case .none: break
    case .line: if data.first == newline { data.removeFirst() }
    case .all: data = data.drop(while: isBlank)
    }
    if mark == UInt8(ascii: "-") {
      while let last = data.last, isBlank(last) { data.removeLast() }
    } else if mark != UInt8(ascii: "+"), !isOutput {
      // A block that begins its line takes the blanks before it away.
      let line = bytes[range].lastIndex(of: newline).map { $0 + 1 } ?? range.lowerBound
      let beginsLine = line > range.lowerBound || range.lowerBound == 0
      if beginsLine, bytes[line..<range.upperBound].allSatisfy(isBlank) {
        data = data[..<min(max(line, data.startIndex), data.endIndex)]
      }
    }
    return data
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static func isWord(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
  }

  /// The symbols within a tag: words, strings (with a `'` before, escapes resolved) and operators.
  private static func inner(_ body: ArraySlice<UInt8>) -> [String] {
    var result: [String] = []
    var rest = body
    while let byte = rest.first {
      if isBlank(byte) {
        rest.removeFirst()
      } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
        rest.removeFirst()
        result.append("'" + string(&rest, until: byte))
      } else if isWord(byte) {
        let word = rest.prefix(while: isWord)
        result.append(String(decoding: word, as: UTF8.self))
        rest = rest.dropFirst(word.count)
      } else {
        let pair = String(decoding: rest.prefix(2), as: UTF8.self)
        let isPair = ["==", "!=", "<=", ">=", "//", "**"].contains(pair)
        let symbol = isPair ? pair : String(decoding: [byte], as: UTF8.self)
        result.append(symbol)
        rest = rest.dropFirst(symbol.utf8.count)
      }
    }
    return result
  }

  /// The content of a string, of which the quote before it is read already.
  private static func string(_ rest: inout ArraySlice<UInt8>, until quote: UInt8) -> String {
    var content: [UInt8] = []
    while let byte = rest.popFirst(), byte != quote {
      guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
        content.append(byte)
        continue
      }
      switch escaped {
      case UInt8(ascii: "n"): content.append(newline)
      case UInt8(ascii: "t"): content.append(0x09)
      case UInt8(ascii: "r"): content.append(0x0D)
      case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): content.append(escaped)
      default: content += [byte, escaped]
      }
    }
    return String(decoding: content, as: UTF8.self)
  }

  /// `a['b']` as `a.b`.
  private static func joined(_ symbols: [String]) -> [String] {
    func isName(_ symbol: String) -> Bool {
      let name = symbol.utf8.dropFirst()
      guard symbol.hasPrefix("'"), let first = name.first, !(0x30...0x39).contains(first) else { return false }
      return name.allSatisfy { isWord($0) && $0 < 0x80 }
    }
    var result: [String] = []
    var position = 0
    while position < symbols.count {
      if symbols[position] == "[", position + 2 < symbols.count, symbols[position + 2] == "]",
        isName(symbols[position + 1]), let before = result.last?.utf8.first,
        isWord(before) || before == UInt8(ascii: ")") || before == UInt8(ascii: "]")
      {
        result += [".", String(symbols[position + 1].dropFirst())]
        position += 3
      } else {
        result.append(symbols[position])
        position += 1
      }
    }
    return result
  }
}
