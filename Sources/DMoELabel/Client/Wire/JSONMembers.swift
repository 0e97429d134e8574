import Foundation

/// The text of one JSON object, written member by member so that order and escapes are ours.
struct JSONMembers {
  // Not Data: appending single bytes to it is several times slower.
  private var bytes = Array("{".utf8)
  private var isFirst = true

  /// Begins a member.
  mutating func key(_ key: String) {
    if !isFirst { append(",") }
    isFirst = false
    append("\"\(key)\":")
  }

  /// A member whose value is JSON text already.
  mutating func member(_ name: String, literal: String) {
    key(name)
    append(literal)
  }

  /// JSON text as it is.
  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// A text as a JSON string.
  mutating func append(quoting text: String) {
    append("\"")
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case UInt8(ascii: "\n"): append("\\n")
      case UInt8(ascii: "\r"): append("\\r")
      case UInt8(ascii: "\t"): append("\\t")
      case 0..<0x20: append("\\u00" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16))
      default: bytes.append(byte)
      }
    }
    append("\"")
  }

  /// The whole object.
  consuming func finished() -> Data {
    append("}")
    return Data(bytes)
  }
}
