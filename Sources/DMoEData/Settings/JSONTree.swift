import DMoEFoundation
public import Foundation

/// A JSON value as programs of other packages read and write it: numbers keep the digits that they came with, and objects
/// the order of their keys.
@_spi(Command) public struct JSONTree: Sendable, Hashable {
  let value: JSONValue

  init(_ value: JSONValue) { self.value = value }

  /// The value that a text is, by the letter: no `NaN`, no key twice.
  ///
  /// - Throws: `DataError.malformedRow`, which says what is wrong and where.
  public init(reading text: Data) throws(DataError) {
    do { value = try JSONReader.value(of: text, .strict) } catch { throw .malformedRow(reason: "\(error)") }
  }

  /// The word `null`.
  public static let null = JSONTree(JSONValue.null)
  /// A string.
  public init(_ text: String) { value = .string(text) }
  /// A truth value.
  public init(_ flag: Bool) { value = .bool(flag) }
  /// A whole number.
  public init(_ number: Int) { value = JSONValue(number) }
  /// A number with the fewest digits that are this one and no other; it must be finite.
  public init(_ number: Float) {
    precondition(number.isFinite, "JSONTree: a number that JSON has not")
    value = .number("\(number)")
  }
  /// A list.
  public init(_ elements: [JSONTree]) { value = .array(elements.map(\.value)) }
  /// An object with its keys in this order; what is nil is left out.
  public init(_ members: KeyValuePairs<String, JSONTree?>) {
    value = .object(JSONObject(members.compactMap { key, member in member.map { .init(key: key, value: $0.value) } }))
  }
  /// An object with its keys in this order.
  public init(members: [(key: String, value: JSONTree)]) {
    value = .object(JSONObject(members.map { .init(key: $0.key, value: $0.value.value) }))
  }

  /// The text, if this is a string.
  public var string: String? { value.string }
  /// The truth value, if this is one; 1 is none.
  public var bool: Bool? { value.bool }
  /// The whole number, if this is one.
  public var int: Int? { value.int }
  /// The number, if this is one.
  public var double: Double? { value.double }
  /// The values, if this is a list.
  public var array: [JSONTree]? { value.array?.map { JSONTree($0) } }
  /// The texts, if this is a list of strings only.
  public var strings: [String]? { value.strings }
  /// Whether this is an object.
  public var isObject: Bool { value.object != nil }
  /// The keys of an object in their order; none of what is no object.
  public var keys: [String] { value.members.map(\.key) }

  /// The value of a key; nil for a key that is missing or null, and for what is no object.
  public subscript(key: String) -> JSONTree? {
    guard let found = value[key], found != .null else { return nil }
    return JSONTree(found)
  }

  /// The object with another value for a key, in its place or at the end; what is no object stays as it is.
  public func setting(_ key: String, _ member: JSONTree) -> JSONTree {
    value.object.map { JSONTree(.object($0.setting(key, member.value))) } ?? self
  }

  /// The value as JSON on one line.
  public var text: String { value.json }
}
