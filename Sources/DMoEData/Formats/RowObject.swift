import Foundation

/// An object of a row with what to call its values in errors; a key that is null counts as missing.
package struct RowObject {
  /// Where the object is in its row, such as `messages[0]`; empty for the row itself.
  private let path: String
  private let members: JSONObject

  /// - Throws: `DataError.malformedRow` for what is no object.
  package init(_ value: JSONValue, at path: String = "") throws(DataError) {
    guard case .object(let members) = value else {
      throw .malformedRow(reason: path.isEmpty ? "not a JSON object" : "\(path): not an object")
    }
    self.path = path
    self.members = members
  }

  /// The keys that are there and not null.
  package var keys: Set<String> { Set(present.map(\.key)) }

  private var present: some Sequence<JSONObject.Member> { members.members.lazy.filter { $0.value != .null } }

  /// The value of a key; nil if it is missing or null.
  package subscript(key: String) -> JSONValue? {
    guard let value = members[key], value != .null else { return nil }
    return value
  }

  /// The key as errors name it.
  package func place(_ key: String) -> String { RowPath.joined(path, key) }

  /// The value that was found for a key.
  ///
  /// - Throws: `DataError.malformedRow` if there is none.
  package func requiring<Value>(_ value: Value?, _ key: String) throws(DataError) -> Value {
    guard let value else { throw .malformedRow(reason: "missing key \(KeyText.quoted(place(key)))") }
    return value
  }

  // MARK: Values

  /// The string of a key.
  package func text(_ key: String) throws(DataError) -> String? {
    guard let value = self[key] else { return nil }
    guard case .string(let text) = value else { throw .malformedRow(reason: "\(place(key)): not a string") }
    return text
  }

  /// The text under one of two keys that mean the same.
  package func text(_ key: String, or other: String) throws(DataError) -> String? {
    let (first, second) = (try text(key), try text(other))
    if let first, let second, first != second {
      throw .malformedRow(reason: "both \(KeyText.quoted(key)) and \(KeyText.quoted(other)), which differ")
    }
    return first ?? second
  }

  /// A list of texts.
  package func texts(_ key: String) throws(DataError) -> [String]? {
    guard let values = try list(key) else { return nil }
    var texts: [String] = []
    for (index, value) in values.enumerated() {
      guard case .string(let text) = value else {
        let what = value == .null ? "null instead of a string" : "not a string"
        throw .malformedRow(reason: "\(place(key))[\(index)]: \(what)")
      }
      texts.append(text)
    }
    return texts
  }

  /// The values of a list.
  package func list(_ key: String) throws(DataError) -> [JSONValue]? {
    guard let value = self[key] else { return nil }
    guard case .array(let values) = value else { throw .malformedRow(reason: "\(place(key)): not a list") }
    return values
  }

  /// A number that `Float` can hold.
  package func number(_ key: String) throws(DataError) -> Float? {
    guard let value = self[key] else { return nil }
    guard case .number(let digits) = value else { throw .malformedRow(reason: "\(place(key)): not a number") }
    guard let number = Float(digits), number.isFinite else {
      throw .malformedRow(reason: "\(place(key)): a number beyond \(Float.greatestFiniteMagnitude)")
    }
    return number
  }

  /// A list of whole numbers, which may be written as 1 or 1.0.
  package func ranks(_ key: String) throws(DataError) -> [Int]? {
    guard let values = try list(key) else { return nil }
    return try Self.ranks(values, place(key))
  }

  private static func ranks(_ values: [JSONValue], _ place: String) throws(DataError) -> [Int] {
    var ranks: [Int] = []
    for (index, value) in values.enumerated() {
      guard case .number(let digits) = value, let number = Double(digits) else {
        throw .malformedRow(reason: "\(place)[\(index)]: not a number")
      }
      // Beyond 2⁵³ neighboring whole numbers are one Double.
      guard let whole = Int(exactly: number), whole.magnitude < 1 << 53 else {
        throw .malformedRow(reason: "\(place)[\(index)]: not a whole number below 2^53")
      }
      ranks.append(whole)
    }
    return ranks
  }

  /// An object of such lists.
  package func ranksByName(_ key: String) throws(DataError) -> [String: [Int]] {
    guard let value = self[key] else { return [:] }
    let object = try RowObject(value, at: place(key))
    var ranks: [String: [Int]] = [:]
    for name in object.keys { ranks[name] = try object.ranks(name) }
    return ranks
  }

  /// An identifier: a string, or any number as it is written.
  package func identifier(_ key: String = "id") throws(DataError) -> String? {
    switch self[key] {
    case nil: return nil
    case .string(let text): return text
    case .number(let digits): return digits
    default: throw .malformedRow(reason: "\(place(key)): not a string or a number")
    }
  }

  // MARK: Keys

  /// Refuses keys that would change what is read, and notes those that nothing is known of.
  package func check(_ uses: [String: KeyUse], _ notes: inout RowNotes) throws(DataError) {
    for member in present.sorted(by: { $0.key < $1.key }) {
      let key = member.key
      switch uses[key] {
      case .read, .noEffect: break
      case .refused(let reason):
        // An empty value says nothing, which is the same as none.
        if member.value.isBlank { continue }
        throw .malformedRow(reason: "\(KeyText.quoted(place(key))) \(reason)")
      case nil: notes.keysNotRead.insert(RowPath.general(place(key)))
      }
    }
  }

  /// Refuses every key that is not read, for forms whose keys are all ours.
  package func checkStrictly(_ uses: [String: KeyUse], _ notes: inout RowNotes) throws(DataError) {
    try check(uses, &notes)
    guard let key = keys.filter({ uses[$0] == nil }).min() else { return }
    throw .malformedRow(reason: "unknown key \(KeyText.quoted(place(key)))")
  }
}

/// What is told of a file's rows besides their samples.
package struct RowNotes: Sendable, Equatable {
  /// Keys that nothing is known of, so that nothing was done with them.
  package var keysNotRead: Set<String> = []

  /// Nothing to tell.
  package init() {}
}

/// Names of places in rows.
package enum RowPath {
  /// Keys may be the file's own, and so could be any text.
  package static func joined(_ path: String, _ key: String) -> String {
    let name = key.utf8.count <= 64 ? key : "(\(key.utf8.count) bytes)"
    return path.isEmpty ? name : path + "." + name
  }

  /// The place in any row: without the numbers of list elements.
  package static func general(_ place: String) -> String {
    place.replacing(/\[[0-9]+\]/) { _ in "[]" }
  }
}
