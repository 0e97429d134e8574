/// A 128-bit hash that names contents: two lanes of `StableHash` with different seeds. Not for security.
package struct ContentHash: Sendable {
  private var lanes = (StableHash(seed: 0x6C61_6265_6C00_0001), StableHash(seed: 0x9E37_79B9_7F4A_7C15))

  /// A hash of nothing yet.
  package init() {}

  /// Takes in a text and its length.
  package mutating func combine(_ text: String) {
    lanes.0.combine(text)
    lanes.1.combine(text)
  }

  /// 32 hexadecimal digits.
  package var text: String {
    [lanes.0.value, lanes.1.value].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
