/// A JSON object of texts, numbers and constants, with every key as often as it was written.
///
/// Foundation's parsers keep one of several equal keys without a word, which would hide a contradiction.
struct FlatJSONObject {
  /// A value.
  enum Value: Equatable {
    /// A string, unescaped.
    case string(String)
    /// A number as it was written.
    case number(String)
    /// `true`, `false` or `null`.
    case constant
  }

  /// The keys and values in the order in which they were written.
  let entries: [(key: String, value: Value)]

  /// Reads an object that is the whole text but for white space; nil if it is none, or holds lists or objects.
  ///
  /// Line breaks within strings are let pass: models write them.
  init?(_ text: some StringProtocol) {
    var scanner = Scanner(bytes: Array(text.utf8))
    guard let entries = scanner.object(), scanner.isAtEnd else { return nil }
    self.entries = entries
  }

  private struct Scanner {
    let bytes: [UInt8]
    var place = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { place == bytes.count }

    private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

    mutating func object() -> [(key: String, value: Value)]? {
      skipSpace()
      guard take("{") else { return nil }
      var entries: [(key: String, value: Value)] = []
      skipSpace()
      if !take("}") {
        repeat {
          skipSpace()
          guard let key = string() else { return nil }
          skipSpace()
          guard take(":") else { return nil }
          skipSpace()
          guard let value = value() else { return nil }
          entries.append((key, value))
          skipSpace()
        } while take(",")
        guard take("}") else { return nil }
      }
      skipSpace()
      return entries
    }

    private mutating func value() -> Value? {
      guard let next else { return nil }
      if next == UInt8(ascii: "\"") { return string().map(Value.string) }
      let end = bytes[place...].firstIndex { !Self.isWordByte($0) } ?? bytes.count
      let word = String(decoding: bytes[place..<end], as: UTF8.self)
      place = end
      if ["true", "false", "null"].contains(word) { return .constant }
      guard next == UInt8(ascii: "-") || Self.isDigit(next), Double(word) != nil else { return nil }
      return .number(word)
    }

    private mutating func string() -> String? {
      guard take("\"") else { return nil }
      var units: [UInt8] = []
      while let byte = next {
        place += 1
        switch byte {
        case UInt8(ascii: "\""): return String(validating: units, as: UTF8.self)
        case UInt8(ascii: "\\"):
          guard let escaped = escape() else { return nil }
          units += Array(String(escaped).utf8)
        default: units.append(byte)
        }
      }
      return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
      guard let byte = next else { return nil }
      place += 1
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
      case UInt8(ascii: "b"): return "\u{8}"
      case UInt8(ascii: "f"): return "\u{C}"
      case UInt8(ascii: "n"): return "\n"
      case UInt8(ascii: "r"): return "\r"
      case UInt8(ascii: "t"): return "\t"
      case UInt8(ascii: "u"):
        guard let unit = hexadecimal() else { return nil }
        guard (0xD800...0xDBFF).contains(unit) else { return Unicode.Scalar(unit) }
        guard take("\\"), take("u"), let low = hexadecimal(), (0xDC00...0xDFFF).contains(low) else { return nil }
        return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
      default: return nil
      }
    }

    private mutating func hexadecimal() -> UInt32? {
      guard place + 4 <= bytes.count else { return nil }
      let digits = bytes[place..<(place + 4)]
      guard digits.allSatisfy({ Self.isDigit($0) || (0x61...0x66).contains($0 | 0x20) }) else { return nil }
      place += 4
      return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private mutating func skipSpace() {
      while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { place += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard next == UInt8(ascii: character) else { return false }
      place += 1
      return true
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isWordByte(_ byte: UInt8) -> Bool {
      isDigit(byte) || (0x61...0x7A).contains(byte | 0x20) || [0x2B, 0x2D, 0x2E].contains(byte)
    }
  }
}
