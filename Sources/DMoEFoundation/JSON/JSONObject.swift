/// The members of a JSON object, in the order of the text.
///
/// Keys are told apart by their bytes, as every other program does: canonically equivalent texts, which `String` calls
/// equal, are two keys.
package struct JSONObject: Sendable, Hashable {
  /// A key with its value.
  package struct Member: Sendable, Hashable {
    /// The key, without its escapes.
    package let key: String
    /// What stands under it.
    package var value: JSONValue

    /// A value under a key.
    package init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// The members; a key stands twice only where the dialect allows it.
  package private(set) var members: [Member] = []
  private var places: [ExactText: Int] = [:]

  /// An object without keys.
  package init() {}

  /// An object of these members, in their order.
  package init(_ members: some Sequence<Member>) {
    for member in members { append(member.key, member.value) }
  }

  /// The keys.
  package var keys: [String] { members.map(\.key) }

  /// The value, the last of several; `null` is one.
  package subscript(key: String) -> JSONValue? { places[ExactText(key)].map { members[$0].value } }

  /// The members with another value for a key, which stays in its place or comes last.
  package func setting(_ key: String, _ value: JSONValue) -> JSONObject {
    var result = self
    if let place = places[ExactText(key)] {
      result.members[place].value = value
    } else {
      result.append(key, value)
    }
    return result
  }

  mutating func append(_ key: String, _ value: JSONValue) {
    places[ExactText(key)] = members.count
    members.append(Member(key: key, value: value))
  }

  /// Equal members in the same order.
  package static func == (left: JSONObject, right: JSONObject) -> Bool { left.members == right.members }

  /// Takes in the members in their order.
  package func hash(into hasher: inout Hasher) { hasher.combine(members) }
}
