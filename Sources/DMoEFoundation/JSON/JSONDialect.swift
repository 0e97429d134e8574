/// What is taken besides JSON by the letter (RFC 8259): by whom a text was written decides it.
package struct JSONDialect: Sendable {
  /// `NaN`, `Infinity` and `-Infinity` are numbers.
  let hasNonFiniteNumbers: Bool
  /// Line breaks and other control characters may stand in strings as they are.
  let hasControlCharacters: Bool
  /// An object may have a key twice.
  let hasRepeatedKeys: Bool

  /// By the letter, for what people and other programs write.
  package static let strict = JSONDialect(
    hasNonFiniteNumbers: false, hasControlCharacters: false, hasRepeatedKeys: false)

  /// As Python's `json` writes it, for the files of models.
  ///
  /// A key that stands twice is an error here too: of two equal keys Python takes the last, Rust's serde refuses them or
  /// takes the last, and Foundation takes the first, so that such a file means something else to every program.
  package static let python = JSONDialect(
    hasNonFiniteNumbers: true, hasControlCharacters: false, hasRepeatedKeys: false)

  /// As language models write it.
  package static let reply = JSONDialect(
    hasNonFiniteNumbers: false, hasControlCharacters: true, hasRepeatedKeys: true)
}
