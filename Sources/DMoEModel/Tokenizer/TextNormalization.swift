import Foundation

/// What is done to a text before it is split: steps, one after the other.
///
/// Source: the normalizers of the Hugging Face `tokenizers` library of the same names.
package struct TextNormalization: Sendable, Equatable {
  /// One change of a text.
  package enum Step: Sendable, Equatable {
    /// Canonical composition (NFC), as the tokenizers of Qwen ask for.
    case composeCanonically
    /// A string before every text that is not empty, even one that begins with it.
    case prepend(String)
    /// Another string wherever one stands.
    case replace(String, with: String)
  }

  /// The changes, first to last.
  package let steps: [Step]

  /// Makes a normalization of its steps.
  package init(_ steps: [Step]) { self.steps = steps }

  /// Nothing.
  package static let none = TextNormalization([])
  /// Canonical composition alone.
  package static let canonicalComposition = TextNormalization([.composeCanonically])

  /// How the normalization is told apart from others in a tokenizer's fingerprint.
  var identity: String {
    switch steps {
    case []: "none"
    case [.composeCanonically]: "canonicalComposition"
    default:
      steps.map { step in
        switch step {
        case .composeCanonically: "NFC"
        case .prepend(let text): "prepend \(text.utf8.count) \(text)"
        case .replace(let old, let new): "replace \(old.utf8.count) \(old) \(new.utf8.count) \(new)"
        }
      }.joined(separator: "; ")
    }
  }

  /// The newest Unicode version that the `tokenizers` library composes by (its `unicode-normalization-alignments`).
  private static let version = (major: 9, minor: 0)

  /// The text as the tokenizer sees it.
  func apply(_ text: String) -> String {
    steps.reduce(text) { text, step in
      switch step {
      case .composeCanonically: Self.composed(text)
      case .prepend(let prefix): text.isEmpty ? text : prefix + text
      case .replace(let old, let new): Self.replacing(old, with: new, in: text)
      }
    }
  }

  /// Whether the steps can change anything.
  func mayChange(_ utf8: some Sequence<UInt8>) -> Bool {
    steps.contains { $0 != .composeCanonically } || (!steps.isEmpty && Self.mayCompose(utf8))
  }

  /// Below U+0300 (lead byte 0xCC) no scalar composes or moves.
  private static func mayCompose(_ utf8: some Sequence<UInt8>) -> Bool { utf8.contains { $0 >= 0xCC } }

  /// By bytes: `String` would take canonically equivalent texts for the same.
  static func replacing(_ old: String, with new: String, in text: String) -> String {
    let (old, new) = (Array(old.utf8), Array(new.utf8))
    guard let first = old.first else { return text }
    var text = text
    let bytes = text.withUTF8 { bytes in
      var result: [UInt8] = []
      result.reserveCapacity(bytes.count + bytes.count / 2)
      var position = 0
      while position < bytes.count {
        let end = position + old.count
        if bytes[position] == first, end <= bytes.count, bytes[position..<end].elementsEqual(old) {
          result += new
          position = end
        } else {
          result.append(bytes[position])
          position += 1
        }
      }
      return result
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func composed(_ text: String) -> String {
    guard mayCompose(text.utf8) else { return text }
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
}
