/// A JSON value as Python's `json` reads one, since Python writes the files: NaN and the infinities are numbers, and
/// of two equal keys the last counts.
package enum JSONValue: Sendable, Equatable {
  /// Null.
  case null
  /// True or false.
  case bool(Bool)
  /// A number without fraction or exponent that `Int` can hold.
  case integer(Int)
  /// A number with a fraction or an exponent, or one that no `Int` holds.
  case number(Double)
  /// A text.
  case string(String)
  /// A list.
  case array([JSONValue])
  /// An object, its keys in their order.
  case object(JSONObject)

  /// The number, if this is one; `true` is none.
  package var double: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .number(let number): number
    default: nil
    }
  }

  /// The whole number, if this is one that an `Int` holds; 4.0 is one.
  package var int: Int? {
    switch self {
    case .integer(let number): number
    case .number(let number): Int(exactly: number)
    default: nil
    }
  }

  /// The truth value, if this is one; 1 is none.
  package var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }

  /// The text, if this is a string.
  package var string: String? { if case .string(let text) = self { text } else { nil } }

  /// The values, if this is a list.
  package var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }

  /// The members, if this is an object.
  package var object: JSONObject? { if case .object(let members) = self { members } else { nil } }

  /// The texts, if this is a list of strings only.
  package var strings: [String]? {
    guard let array else { return nil }
    let strings = array.compactMap(\.string)
    return strings.count == array.count ? strings : nil
  }
}

/// The members of a JSON object, in the order of the file.
package struct JSONObject: Sendable, Equatable {
  /// The keys; one that is there twice stands where it stood first, as in Python.
  package private(set) var keys: [String] = []
  private var values: [String: JSONValue] = [:]

  /// An object without keys.
  package init() {}

  /// The value; `null` is one.
  package subscript(key: String) -> JSONValue? { values[key] }

  /// The members with another value for a key, which stays in its place or comes last.
  package func setting(_ key: String, _ value: JSONValue) -> JSONObject {
    var result = self
    result.set(key, value)
    return result
  }

  mutating func set(_ key: String, _ value: JSONValue) {
    if values.updateValue(value, forKey: key) == nil { keys.append(key) }
  }
}

extension JSONValue: CustomStringConvertible {
  /// The value as JSON in one line, cut short if it is long.
  package var description: String {
    let whole = text
    return whole.count <= 60 ? whole : whole.prefix(60) + "…"
  }

  private var text: String {
    switch self {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .integer(let number): "\(number)"
    case .number(let number): "\(number)"
    case .string(let text): text
    case .array(let values): "[\(values.map(\.text).joined(separator: ", "))]"
    case .object(let members):
      "{\(members.keys.map { "\($0): \(members[$0]?.text ?? "")" }.joined(separator: ", "))}"
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
  /// The text that a literal spells.
  package init(stringLiteral text: String) { self = .string(text) }
  /// The number that a literal spells.
  package init(integerLiteral number: Int) { self = .integer(number) }
  /// The truth value that a literal spells.
  package init(booleanLiteral flag: Bool) { self = .bool(flag) }
}
