/// A JSON value with every number as it is written and every object's keys in their order.
package enum JSONValue: Sendable, Hashable {
  /// The word `null`.
  case null
  /// The words `true` and `false`.
  case bool(Bool)
  /// The digits as the text has them: they may be more than any number type holds.
  case number(String)
  /// A string, without its escapes.
  case string(String)
  /// Values in their order.
  case array([JSONValue])
  /// Keys with their values.
  case object(JSONObject)

  /// A whole number.
  package init(_ number: Int) { self = .number("\(number)") }

  /// A number.
  package init(_ number: Double) { self = .number("\(number)") }

  /// The number, if this is one; `true` is none.
  package var double: Double? { if case .number(let digits) = self { Double(digits) } else { nil } }

  /// The whole number, if this is one that an `Int` holds; 4.0 is one.
  package var int: Int? {
    guard case .number(let digits) = self else { return nil }
    return Int(digits) ?? Double(digits).flatMap { Int(exactly: $0) }
  }

  /// The number of things, if this is written as one: digits only.
  package var natural: Int? {
    guard case .number(let digits) = self, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(digits)
  }

  /// The truth value, if this is one; 1 is none.
  package var bool: Bool? { if case .bool(let flag) = self { flag } else { nil } }

  /// The text, if this is a string.
  package var string: String? { if case .string(let text) = self { text } else { nil } }

  /// The values, if this is a list.
  package var array: [JSONValue]? { if case .array(let values) = self { values } else { nil } }

  /// The members, if this is an object.
  package var object: JSONObject? { if case .object(let members) = self { members } else { nil } }

  /// The members of an object; none of what is no object.
  package var members: [JSONObject.Member] { object?.members ?? [] }

  /// The value of a key; nil for a key that is missing, and for what is no object.
  package subscript(key: String) -> JSONValue? { object?[key] }

  /// The texts, if this is a list of strings only.
  package var strings: [String]? { all(\.string) }

  /// The numbers of things, if this is a list of such only.
  package var naturals: [Int]? { all(\.natural) }

  private func all<Element>(_ element: (JSONValue) -> Element?) -> [Element]? {
    guard let array else { return nil }
    let elements = array.compactMap(element)
    return elements.count == array.count ? elements : nil
  }

  /// The value as JSON on one line.
  package var json: String {
    switch self {
    case .null: "null"
    case .bool(let flag): flag ? "true" : "false"
    case .number(let digits): digits
    case .string(let text): JSONText.quoted(text)
    case .array(let values): "[" + values.map(\.json).joined(separator: ",") + "]"
    case .object(let object):
      "{" + object.members.map { JSONText.quoted($0.key) + ":" + $0.value.json }.joined(separator: ",") + "}"
    }
  }
}

extension JSONValue: CustomStringConvertible {
  /// The value as an error shows it: JSON in one line, cut short if it is long; a text as it is.
  package var description: String {
    let whole = string ?? json
    return whole.count <= 60 ? whole : whole.prefix(60) + "…"
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
  /// The text that a literal spells.
  package init(stringLiteral text: String) { self = .string(text) }
  /// The number that a literal spells.
  package init(integerLiteral number: Int) { self.init(number) }
  /// The truth value that a literal spells.
  package init(booleanLiteral flag: Bool) { self = .bool(flag) }
}
