package import Foundation

/// What is wrong with a text that should be JSON, and in which line.
package struct JSONError: Error, Equatable, CustomStringConvertible {
  /// Counted from 1.
  package let line: Int
  /// A few words on what is wrong.
  package let reason: String

  /// The line and what is wrong with it.
  package var description: String { "line \(line): \(reason)" }
}

/// Reads JSON strictly, but for what Python's `json` adds to it: NaN, Infinity and -Infinity.
package struct JSONReader {
  private let bytes: [UInt8]
  private var position = 0

  /// Deeper files are refused, so that none can exhaust the stack.
  private static let deepest = 256

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The value that a whole file is.
  ///
  /// - Throws: `JSONError` naming the line.
  package static func value(of data: Data) throws(JSONError) -> JSONValue {
    var reader = JSONReader([UInt8](data))
    if reader.bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
    let value = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.position == reader.bytes.count else { throw reader.failure("something follows the value") }
    return value
  }

  // MARK: Values

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < Self.deepest else { throw failure("it is nested deeper than \(Self.deepest)") }
    skipSpace()
    guard let first = peek() else { throw failure("the text ends early") }
    switch first {
    case UInt8(ascii: "{"): return .object(try object(depth: depth))
    case UInt8(ascii: "["): return .array(try array(depth: depth))
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: return try word()
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
    var members = JSONObject()
    position += 1
    if take("}") { return members }
    repeat {
      skipSpace()
      guard peek() == UInt8(ascii: "\"") else { throw failure("a key is expected") }
      let key = try string()
      guard take(":") else { throw failure("':' is expected after the key \(key)") }
      members.set(key, try value(depth: depth + 1))
    } while take(",")
    guard take("}") else { throw failure("',' or '}' is expected") }
    return members
  }

  private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
    var values: [JSONValue] = []
    position += 1
    if take("]") { return values }
    repeat { values.append(try value(depth: depth + 1)) } while take(",")
    guard take("]") else { throw failure("',' or ']' is expected") }
    return values
  }

  private mutating func word() throws(JSONError) -> JSONValue {
    for (word, value) in Self.words where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return value
    }
    throw failure("a value is expected")
  }

  private static let words: [(String, JSONValue)] = [
    ("null", .null), ("true", .bool(true)), ("false", .bool(false)), ("NaN", .number(.nan)),
    ("Infinity", .number(.infinity)),
  ]

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    if peek() == UInt8(ascii: "-") { position += 1 }
    if bytes[position...].starts(with: "Infinity".utf8) {
      position += 8
      return .number(-.infinity)
    }
    let whole = position
    skipDigits()
    let digits = position - whole
    guard digits > 0, digits == 1 || bytes[whole] != UInt8(ascii: "0") else { throw failure("a number is malformed") }
    var isWhole = true
    if peek() == UInt8(ascii: ".") {
      isWhole = false
      position += 1
      guard skipDigits() else { throw failure("a number is malformed") }
    }
    if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
      isWhole = false
      position += 1
      if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { position += 1 }
      guard skipDigits() else { throw failure("a number is malformed") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text) else { throw failure("a number is malformed") }
    return .number(number)
  }

  // MARK: Strings

  private mutating func string() throws(JSONError) -> String {
    position += 1
    var start = position
    var text: [UInt8] = []
    while let byte = peek() {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        text += bytes[start..<position - 1]
        guard let string = text.withUnsafeBytes(UTF8Text.decode) else { throw failure("a string is not UTF-8") }
        return string
      case UInt8(ascii: "\\"):
        text += bytes[start..<position - 1]
        text += try escaped().utf8
        start = position
      case 0..<0x20: throw failure("a string has a control character")
      default: break
      }
    }
    throw failure("a string does not end")
  }

  private mutating func escaped() throws(JSONError) -> String {
    guard let byte = peek() else { throw failure("a string does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return String(UnicodeScalar(byte))
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var code = try codeUnit()
      if (0xD800..<0xDC00).contains(code) {
        guard bytes[position...].starts(with: "\\u".utf8) else { throw failure("half a surrogate pair") }
        position += 2
        let low = try codeUnit()
        guard (0xDC00..<0xE000).contains(low) else { throw failure("half a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw failure("half a surrogate pair") }
      return String(scalar)
    default: throw failure("a string has an unknown escape")
    }
  }

  private mutating func codeUnit() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("four hexadecimal digits are expected")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  // MARK: Pieces

  private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  @discardableResult
  private mutating func skipDigits() -> Bool {
    let start = position
    while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return position > start
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private func failure(_ reason: String) -> JSONError {
    JSONError(line: 1 + bytes[..<min(position, bytes.count)].count { $0 == 0x0A }, reason: reason)
  }
}
