/// A 128-bit hash that names contents: two lanes of `SeededHash` with different seeds. Not for security.
package struct ContentHash: Sendable {
  private var lanes = (SeededHash(seed: 0x6C61_6265_6C00_0001), SeededHash(seed: 0x9E37_79B9_7F4A_7C15))

  /// A hash of nothing yet.
  package init() {}

  /// Takes in a text and its length.
  package mutating func combine(_ text: String) {
    lanes.0.combine(text)
    lanes.1.combine(text)
  }

  /// 32 hexadecimal digits.
  package var text: String { lanes.0.value.hexadecimal + lanes.1.value.hexadecimal }
}
