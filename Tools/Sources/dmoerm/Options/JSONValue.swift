/// Any JSON, for putting one object over another.
enum JSONValue: Codable, Equatable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case unsigned(UInt64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode(UInt64.self) {
      self = .unsigned(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .unsigned(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  /// Keys whose objects name one of several cases, so that another case replaces them whole.
  private static let choices: Set<String> = ["routing", "unlabelled"]

  /// Objects are merged key by key, everything else is replaced.
  func overridden(by other: JSONValue) -> JSONValue {
    guard case .object(let own) = self, case .object(let changes) = other else { return other }
    return .object(
      changes.reduce(into: own) { result, change in
        let old = Self.choices.contains(change.key) ? nil : result[change.key]
        result[change.key] = old?.overridden(by: change.value) ?? change.value
      })
  }

  /// With a null for every key of the other that is missing here.
  func naming(keysOf other: JSONValue) -> JSONValue {
    guard case .object(let own) = self, case .object(let others) = other else { return self }
    return .object(
      others.reduce(into: own) { result, entry in
        if Self.choices.contains(entry.key), result[entry.key] != nil { return }
        result[entry.key] = result[entry.key]?.naming(keysOf: entry.value) ?? .null
      })
  }

  /// The value of a key; nil for a key that is missing, and for what is no object.
  subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  /// How many values of objects are null.
  var nullCount: Int {
    switch self {
    case .object(let members): members.values.reduce(0) { $0 + ($1 == .null ? 1 : $1.nullCount) }
    case .array(let values): values.reduce(0) { $0 + $1.nullCount }
    default: 0
    }
  }

  /// With another value for one of those nulls; `index` counts down to it.
  func replacingNull(_ index: inout Int, by other: JSONValue) -> JSONValue {
    switch self {
    case .object(let members):
      return .object(
        members.sorted { $0.key < $1.key }.reduce(into: [:]) { result, member in
          guard member.value == .null else {
            result[member.key] = member.value.replacingNull(&index, by: other)
            return
          }
          result[member.key] = index == 0 ? other : .null
          index -= 1
        })
    case .array(let values): return .array(values.map { $0.replacingNull(&index, by: other) })
    default: return self
    }
  }

  /// The first key, with its place, that is not null here and does not exist there.
  func firstKey(missingIn other: JSONValue?, at place: KeyPathText = KeyPathText()) -> String? {
    if case .array(let own) = self, case .array(let others)? = other {
      for (index, (value, match)) in zip(own, others).enumerated() {
        if let key = value.firstKey(missingIn: match, at: place.appending(index)) { return key }
      }
      return nil
    }
    guard case .object(let own) = self else { return nil }
    guard case .object(let others) = other else { return own.keys.min().map { place.appending($0).text } }
    for (key, value) in own.sorted(by: { $0.key < $1.key }) where value != .null {
      guard let match = others[key] else { return place.appending(key).text }
      if let key = value.firstKey(missingIn: match, at: place.appending(key)) { return key }
    }
    return nil
  }
}
