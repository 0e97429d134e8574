package import Foundation

/// A reader of JSON texts, by the letter but for what a dialect adds.
package struct JSONReader {
  private let bytes: UnsafeRawBufferPointer
  private let dialect: JSONDialect
  private var position = 0
  private var depth = 0
  /// The keys and places on the way to the value under way, for errors.
  private var path: [Step] = []

  private enum Step {
    case key(String)
    case place(Int)
  }

  /// As deep as Foundation's decoders go: no text can exhaust the stack.
  private static let maximumDepth = 512

  private init(_ bytes: UnsafeRawBufferPointer, _ dialect: JSONDialect) {
    self.bytes = bytes
    self.dialect = dialect
  }

  /// The value that a whole text is; it may begin with a byte order mark.
  ///
  /// Files of models are read without naming a dialect: Python writes them.
  ///
  /// - Throws: `JSONSyntaxError`.
  package static func value(
    of text: Data, _ dialect: JSONDialect = .python
  ) throws(JSONSyntaxError) -> JSONValue {
    // A closure cannot rethrow a typed error out of `withUnsafeBytes` of Data.
    let result = text.withUnsafeBytes { bytes in
      Result { () throws(JSONSyntaxError) in try value(of: bytes, dialect) }
    }
    return try result.get()
  }

  /// The value that the bytes of a whole text are.
  ///
  /// - Throws: `JSONSyntaxError`.
  package static func value(
    of text: UnsafeRawBufferPointer, _ dialect: JSONDialect
  ) throws(JSONSyntaxError) -> JSONValue {
    var reader = JSONReader(text, dialect)
    return try reader.document()
  }

  private mutating func document() throws(JSONSyntaxError) -> JSONValue {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    let value = try value()
    skipSpace()
    guard position == bytes.count else { throw error(.textAfterEnd) }
    return value
  }

  // MARK: Values

  private mutating func value() throws(JSONSyntaxError) -> JSONValue {
    skipSpace()
    guard let byte = peek else { throw error(.unfinished) }
    switch byte {
    case UInt8(ascii: "{"): return try nested { (reader) throws(JSONSyntaxError) in try reader.object() }
    case UInt8(ascii: "["): return try nested { (reader) throws(JSONSyntaxError) in try reader.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: return try word()
    }
  }

  private mutating func nested(
    _ body: (inout JSONReader) throws(JSONSyntaxError) -> JSONValue
  ) throws(JSONSyntaxError) -> JSONValue {
    guard depth < Self.maximumDepth else { throw error(.tooDeep(limit: Self.maximumDepth)) }
    depth += 1
    position += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func object() throws(JSONSyntaxError) -> JSONValue {
    var object = JSONObject()
    if take("}") { return .object(object) }
    repeat {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw misplaced(closing: "}") }
      let start = position
      let key = try string()
      path.append(.key(key))
      guard dialect.hasRepeatedKeys || object[key] == nil else {
        position = start
        throw error(.duplicateKey(path: pathText))
      }
      guard take(":") else { throw misplaced() }
      object.append(key, try value())
      path.removeLast()
    } while take(",")
    guard take("}") else { throw misplaced() }
    return .object(object)
  }

  private mutating func array() throws(JSONSyntaxError) -> JSONValue {
    var values: [JSONValue] = []
    if take("]") { return .array([]) }
    repeat {
      skipSpace()
      if peek == UInt8(ascii: "]") { throw misplaced(closing: "]") }
      path.append(.place(values.count))
      values.append(try value())
      path.removeLast()
    } while take(",")
    guard take("]") else { throw misplaced() }
    return .array(values)
  }

  // MARK: Strings

  private mutating func string() throws(JSONSyntaxError) -> String {
    position += 1
    var start = position
    var text = ""
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        text += try piece(from: start)
        position += 1
        return text
      case UInt8(ascii: "\\"):
        text += try piece(from: start)
        text.unicodeScalars.append(try escape())
        start = position
      case 0..<0x20 where !dialect.hasControlCharacters: throw error(.controlCharacter)
      default: position += 1
      }
    }
    throw error(.unfinished)
  }

  private func piece(from start: Int) throws(JSONSyntaxError) -> String {
    guard let text = String(validating: bytes[start..<position], as: UTF8.self) else { throw error(.notUTF8) }
    return text
  }

  private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
    let start = position
    position += 1
    guard let byte = peek else { throw error(.unfinished) }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      if let scalar = unicodeEscape() { return scalar }
    default: break
    }
    position = start
    throw error(.invalidEscape)
  }

  /// The scalar of the four digits that come now, or of them and the second half of the pair; nil if there is none.
  private mutating func unicodeEscape() -> Unicode.Scalar? {
    guard let first = fourDigits() else { return nil }
    guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
    guard bytes[position...].starts(with: "\\u".utf8) else { return nil }
    position += 2
    guard let second = fourDigits(), (0xDC00..<0xE000).contains(second) else { return nil }
    return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
  }

  private mutating func fourDigits() -> UInt32? {
    var number: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      number = number << 4 | UInt32(digit)
      position += 1
    }
    return number
  }

  // MARK: Numbers and words

  private mutating func number() throws(JSONSyntaxError) -> JSONValue {
    let start = position
    if peek == UInt8(ascii: "-") { position += 1 }
    if bytes[position...].starts(with: "Infinity".utf8) {
      guard dialect.hasNonFiniteNumbers else { throw error(.notFinite) }
      position += 8
      return .number("-Infinity")
    }
    let whole = digits()
    let hasLeadingZero = whole > 1 && bytes[position - whole] == UInt8(ascii: "0")
    if hasLeadingZero { throw error(.unexpected) }
    guard whole > 0 else { throw misplaced() }
    if peek == UInt8(ascii: ".") {
      position += 1
      guard digits() > 0 else { throw misplaced() }
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      position += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
      guard digits() > 0 else { throw misplaced() }
    }
    return .number(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  private mutating func digits() -> Int {
    let start = position
    while let byte = peek, (0x30...0x39).contains(byte) { position += 1 }
    return position - start
  }

  private static let words: [(text: String, value: JSONValue)] = [
    ("null", .null), ("true", .bool(true)), ("false", .bool(false)),
  ]
  private static let nonFiniteNumbers = ["NaN", "Infinity"]

  private mutating func word() throws(JSONSyntaxError) -> JSONValue {
    let rest = bytes[position...]
    if let word = Self.words.first(where: { rest.starts(with: $0.text.utf8) }) {
      position += word.text.utf8.count
      return word.value
    }
    guard let number = Self.nonFiniteNumbers.first(where: { rest.starts(with: $0.utf8) }) else { throw misplaced() }
    guard dialect.hasNonFiniteNumbers else { throw error(.notFinite) }
    position += number.utf8.count
    return .number(number)
  }

  // MARK: Places

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ mark: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: mark) else { return false }
    position += 1
    return true
  }

  /// The error of what stands here, which nothing but a comma can have led to if it closes the value under way.
  private func misplaced(closing mark: Unicode.Scalar? = nil) -> JSONSyntaxError {
    guard let byte = peek else { return error(.unfinished) }
    if let mark, byte == UInt8(ascii: mark) { return error(.trailingComma) }
    return error(.unexpected)
  }

  private func error(_ fault: JSONSyntaxError.Fault) -> JSONSyntaxError {
    let before = bytes[..<min(position, bytes.count)]
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    return JSONSyntaxError(fault: fault, line: before.count { $0 == 0x0A } + 1, column: before.count - lineStart + 1)
  }

  private var pathText: String {
    path.reduce(into: "") { text, step in
      switch step {
      case .key(let key): text += (text.isEmpty ? "" : ".") + key
      case .place(let index): text += "[\(index)]"
      }
    }
  }
}
