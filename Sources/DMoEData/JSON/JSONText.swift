import Foundation

/// The text of one JSON object, written member by member so that their order is ours.
struct JSONText {
  // Not Data: appending single bytes to it is several times slower.
  private(set) var bytes: [UInt8] = []
  private var isFirst = true

  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

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

  mutating func key(_ key: String) {
    append(isFirst ? "{" : ",")
    isFirst = false
    append("\"\(key)\":")
  }

  mutating func member(_ name: String, _ value: String?) {
    guard let value else { return }
    key(name)
    append(quoting: value)
  }

  mutating func member(_ name: String, _ value: Float?) {
    guard let value else { return }
    key(name)
    append("\(value)")
  }

  mutating func list<Element>(_ name: String, _ values: [Element], _ body: (Element, inout JSONText) -> Void) {
    key(name)
    append("[")
    for (index, value) in values.enumerated() {
      if index > 0 { append(",") }
      body(value, &self)
    }
    append("]")
  }

  consuming func finishedLine() -> Data {
    append("}\n")
    return Data(bytes)
  }
}
