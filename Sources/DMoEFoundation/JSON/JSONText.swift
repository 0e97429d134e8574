package import Foundation

/// The text of one JSON object, written member by member so that order and escapes are ours.
///
/// Keys are ours and need no escapes.
package struct JSONText: Sendable {
  // Not Data: appending single bytes to it is several times slower.
  private var bytes = Array("{".utf8)
  private var isFirst = true

  /// An object without members.
  package init() {}

  private init(bytes: [UInt8]) { self.bytes = bytes }

  /// A text as a JSON string: only what JSON demands is escaped.
  package static func quoted(_ text: String) -> String {
    var json = JSONText(bytes: [])
    json.append(quoting: text)
    return String(decoding: json.bytes, as: UTF8.self)
  }

  /// JSON text as it is.
  package mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// A text as a JSON string.
  package mutating func append(quoting text: String) {
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

  /// Begins a member.
  package mutating func key(_ key: String) {
    if !isFirst { append(",") }
    isFirst = false
    append("\"\(key)\":")
  }

  /// A member whose value is JSON text already.
  package mutating func member(_ name: String, literal: String) {
    key(name)
    append(literal)
  }

  /// A member that is a text; none for nil.
  package mutating func member(_ name: String, _ value: String?) {
    guard let value else { return }
    key(name)
    append(quoting: value)
  }

  /// A member that is a finite number; none for nil.
  package mutating func member(_ name: String, _ value: Float?) {
    guard let value else { return }
    key(name)
    append("\(value)")
  }

  /// A member that is a list, whose elements `body` writes.
  package mutating func list<Element>(
    _ name: String, _ values: [Element], _ body: (Element, inout JSONText) -> Void
  ) {
    key(name)
    append("[")
    for (index, value) in values.enumerated() {
      if index > 0 { append(",") }
      body(value, &self)
    }
    append("]")
  }

  /// The whole object.
  package consuming func finished() -> Data {
    append("}")
    return Data(bytes)
  }

  /// The whole object as a line with its LF.
  package consuming func finishedLine() -> Data {
    append("}\n")
    return Data(bytes)
  }
}
