import DMoECore

/// What becomes of every key that the reference implementations know of one kind of file.
///
/// `Docs/Keys.md` shows the same tables with what each key means; a test holds the two together.
struct KeyTable: Sendable {
  enum Treatment: Sendable {
    case honored
    /// An error, but for the values that change nothing.
    case refused(unless: @Sendable (JSONValue) -> Bool)
    case withoutEffect
  }

  /// By key; a key that ends in `*` stands for all that start so.
  private let treatments: [String: Treatment]
  private let prefixes: [(text: String, treatment: Treatment)]

  init(honored: [String], refused: [String: @Sendable (JSONValue) -> Bool], withoutEffect: [String]) {
    var treatments: [String: Treatment] = [:]
    for key in honored { treatments[key] = .honored }
    for (key, isHarmless) in refused { treatments[key] = .refused(unless: isHarmless) }
    for key in withoutEffect { treatments[key] = .withoutEffect }
    precondition(
      treatments.count == honored.count + refused.count + withoutEffect.count, "KeyTable: a key is there twice")
    self.treatments = treatments
    prefixes = treatments.filter { $0.key.hasSuffix("*") }.map { (String($0.key.dropLast()), $0.value) }
  }

  /// All keys and prefixes, sorted.
  var keys: [String] { treatments.keys.sorted() }

  /// `nil` for a key that is not known.
  func treatment(of key: String) -> Treatment? {
    treatments[key] ?? prefixes.first { key.hasPrefix($0.text) }?.treatment
  }
}

/// The values that ask for nothing: null, false, 0 and whatever is empty.
@Sendable func asksForNothing(_ value: JSONValue) -> Bool {
  switch value {
  case .null: true
  case .bool(let flag): !flag
  case .number: value.double == 0
  case .string(let text): text.isEmpty
  case .array(let values): values.isEmpty
  case .object(let members): members.keys.isEmpty
  }
}

/// Takes null and the values of a list.
func isNullOr(_ values: JSONValue...) -> @Sendable (JSONValue) -> Bool {
  { value in value == .null || values.contains { $0 == value || ($0.double != nil && $0.double == value.double) } }
}
