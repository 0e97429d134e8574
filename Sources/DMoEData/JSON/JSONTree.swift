/// A JSON value with every number as it is written and every object's keys in their order.
package enum JSONTree: Sendable, Hashable {
  /// A key with its value.
  package struct Member: Sendable, Hashable {
    /// The key, without its escapes.
    package let key: String
    /// What stands under it.
    package let value: JSONTree
  }

  /// The word `null`.
  case null
  /// The words `true` and `false`.
  case bool(Bool)
  /// The digits as the text has them: they may be more than any number type holds.
  case number(String)
  /// A string, without its escapes.
  case string(String)
  /// Values in their order.
  case array([JSONTree])
  /// Keys with their values, no key twice.
  case object([Member])

  /// Whether it says nothing: null, or a blank text, an empty list or object, which some files write as a text.
  var isBlank: Bool {
    switch self {
    case .null: true
    case .bool, .number: false
    case .string(let text): text.isBlank || ["[]", "{}", "null"].contains(text)
    case .array(let values): values.isEmpty
    case .object(let members): members.isEmpty
    }
  }

  /// The value as JSON on one line.
  package var text: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .number(let digits): digits
    case .string(let text): Self.quoted(text)
    case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.map { Self.quoted($0.key) + ":" + $0.value.text }.joined(separator: ",") + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var json = JSONText()
    json.append(quoting: text)
    return String(decoding: json.bytes, as: UTF8.self)
  }
}

extension JSONTree: Decodable {
  /// Reads any value from a decoder, which may have rounded its numbers.
  package init(from decoder: any Decoder) throws {
    if let row = try? decoder.container(keyedBy: RowKey.self) {
      self = .object(
        try row.allKeys.map { Member(key: $0.stringValue, value: try row.decode(JSONTree.self, forKey: $0)) })
      return
    }
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let flag = try? value.decode(Bool.self) {
      self = .bool(flag)
    } else if let text = try? value.decode(String.self) {
      self = .string(text)
    } else if let number = try? value.decode(Int64.self) {
      self = .number("\(number)")
    } else if let number = try? value.decode(UInt64.self) {
      self = .number("\(number)")
    } else if let number = try? value.decode(Double.self) {
      self = .number("\(number)")
    } else {
      self = .array(try value.decode([JSONTree].self))
    }
  }
}
