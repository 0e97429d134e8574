import Foundation

extension JSONValue {
  /// What makes a text no JSON, or JSON that says two things of one key.
  struct Fault: Error, Equatable {
    var line: Int
    var reason: String
  }

  /// Reads a text as RFC 8259 has it, which Foundation does not: it takes a comma before a closing bracket, and of a key
  /// that stands twice one of both values.
  ///
  /// - Throws: `Fault`.
  init(text: Data) throws(Fault) {
    var reader = JSONTextReader(text)
    self = try reader.document()
  }
}

/// Reads one JSON text, byte by byte.
private struct JSONTextReader {
  private let bytes: [UInt8]
  private var place = 0
  /// Deeper than any settings, and far from the end of the stack.
  private static let maximumDepth = 128

  init(_ data: Data) {
    bytes = Array(data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data)
  }

  mutating func document() throws(JSONValue.Fault) -> JSONValue {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw fault("it is not UTF-8") }
    let value = try value(KeyPathText(), depth: 0)
    skipSpace()
    guard place == bytes.count else { throw fault("there is more after the value") }
    return value
  }

  private mutating func value(_ path: KeyPathText, depth: Int) throws(JSONValue.Fault) -> JSONValue {
    skipSpace()
    guard depth <= Self.maximumDepth else { throw fault("values are nested more than \(Self.maximumDepth) deep") }
    switch peek {
    case UInt8(ascii: "{"): return try object(path, depth: depth)
    case UInt8(ascii: "["): return try array(path, depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case let byte? where "-0123456789".utf8.contains(byte): return try number(path)
    case nil: throw fault("it ends where a value is expected")
    default: throw fault("a value is expected\(named(path))")
    }
  }

  private mutating func object(_ path: KeyPathText, depth: Int) throws(JSONValue.Fault) -> JSONValue {
    place += 1
    var members: [String: JSONValue] = [:]
    while try !ends(with: UInt8(ascii: "}"), isFirst: members.isEmpty, path) {
      guard peek == UInt8(ascii: "\"") else { throw fault("a key in quotes is expected\(named(path))") }
      let key = try string()
      let own = path.appending(key)
      skipSpace()
      guard peek == UInt8(ascii: ":") else { throw fault("a colon is expected after \"\(own.text)\"") }
      place += 1
      let line = self.line
      let value = try value(own, depth: depth + 1)
      guard members.updateValue(value, forKey: key) == nil else {
        throw JSONValue.Fault(line: line, reason: "\"\(own.text)\" is there twice")
      }
    }
    return .object(members)
  }

  private mutating func array(_ path: KeyPathText, depth: Int) throws(JSONValue.Fault) -> JSONValue {
    place += 1
    var values: [JSONValue] = []
    while try !ends(with: UInt8(ascii: "]"), isFirst: values.isEmpty, path) {
      values.append(try value(path.appending(values.count), depth: depth + 1))
    }
    return .array(values)
  }

  /// Steps over a closing bracket, or over the comma before the next element.
  private mutating func ends(with end: UInt8, isFirst: Bool, _ path: KeyPathText) throws(JSONValue.Fault) -> Bool {
    skipSpace()
    if peek == end {
      place += 1
      return true
    }
    guard !isFirst else { return false }
    guard peek == UInt8(ascii: ",") else {
      throw fault(
        peek == nil ? "it ends before its last bracket" : "a comma or a closing bracket is expected\(named(path))")
    }
    place += 1
    skipSpace()
    if peek == end { throw fault("there is a comma before the closing bracket\(named(path))") }
    return false
  }

  /// A string, whose escapes Foundation reads.
  private mutating func string() throws(JSONValue.Fault) -> String {
    let start = place
    place += 1
    while let byte = peek, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw fault("a text has a line break or another control character in it") }
      place += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    guard place < bytes.count else {
      place = start
      throw fault("a text has no closing quote")
    }
    place += 1
    guard let text = try? JSONDecoder().decode(String.self, from: Data(bytes[start..<place])) else {
      throw fault("a text has an escape that JSON does not have")
    }
    return text
  }

  private mutating func number(_ path: KeyPathText) throws(JSONValue.Fault) -> JSONValue {
    let start = place
    while let byte = peek, "+-.0123456789eE".utf8.contains(byte) { place += 1 }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    guard text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil else {
      throw fault("\(text.prefix(32)) is no number\(named(path))")
    }
    if let whole = Int64(text) { return .integer(whole) }
    if let whole = UInt64(text) { return .unsigned(whole) }
    guard let value = Double(text), value.isFinite else { throw fault("\(text.prefix(32)) is too large\(named(path))") }
    // As Foundation has it: 1.0 and 1e0 are 1.
    return Int64(exactly: value).map { .integer($0) } ?? .number(value)
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws(JSONValue.Fault) -> JSONValue {
    guard bytes[place...].starts(with: text.utf8) else { throw fault("a value is expected") }
    place += text.utf8.count
    return value
  }

  private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { place += 1 }
  }

  private var line: Int { 1 + bytes.prefix(place).count { $0 == 0x0A } }

  private func fault(_ reason: String) -> JSONValue.Fault {
    JSONValue.Fault(line: line, reason: "it is not JSON: \(reason)")
  }

  private func named(_ path: KeyPathText) -> String { path.text.isEmpty ? "" : " at \"\(path.text)\"" }
}
