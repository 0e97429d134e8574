import Foundation

/// A Unicode normalization of a text before it is split.
package enum TextNormalization: String, Sendable {
  /// Nothing.
  case none
  /// Canonical composition (NFC), as the tokenizers of Qwen ask for.
  case canonicalComposition

  /// The newest Unicode version that the `tokenizers` library composes by (its `unicode-normalization-alignments`).
  private static let version = (major: 9, minor: 0)

  /// The text as the tokenizer sees it.
  func apply(_ text: String) -> String {
    guard self == .canonicalComposition, mayChange(text.utf8) else { return text }
    var result = String.UnicodeScalarView()
    var run = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      // U+11A7 is one before the trailing jamo and composes with nothing, but Foundation on Linux swallows it.
      if let age = scalar.properties.age, age <= Self.version, scalar.value != 0x11A7 {
        run.append(scalar)
      } else {
        // To the engine an unassigned scalar is a starter without compositions: nothing moves or composes across it.
        result.append(contentsOf: Self.composed(run))
        result.append(scalar)
        run.removeAll(keepingCapacity: true)
      }
    }
    result.append(contentsOf: Self.composed(run))
    return String(result)
  }

  private static func composed(_ run: String.UnicodeScalarView) -> String.UnicodeScalarView {
    // Decomposed first: Foundation on Linux does not compose a Hangul syllable with a jamo after it (U+AC00 U+11A8).
    String(run).decomposedStringWithCanonicalMapping.precomposedStringWithCanonicalMapping.unicodeScalars
  }

  /// Whether composition can change anything: below U+0300 (lead byte 0xCC) no scalar composes or moves.
  func mayChange(_ utf8: some Sequence<UInt8>) -> Bool {
    self == .canonicalComposition && utf8.contains { $0 >= 0xCC }
  }
}
