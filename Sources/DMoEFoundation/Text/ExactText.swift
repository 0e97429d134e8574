/// A text that equals another only byte by byte.
///
/// `String` calls canonically equivalent texts equal, such as "é" in one scalar and in two; keys of JSON and tokens of a
/// vocabulary are then two.
package struct ExactText: Hashable, Sendable {
  /// The text.
  package let text: String

  /// The text, told apart by its bytes.
  package init(_ text: String) { self.text = text }

  /// Whether both have the same bytes.
  package static func == (left: ExactText, right: ExactText) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

  /// Takes in the bytes.
  package func hash(into hasher: inout Hasher) {
    // Texts of the reader are contiguous, so that this is one call.
    let whole: Void? = text.utf8.withContiguousStorageIfAvailable { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    if whole == nil { for byte in text.utf8 { hasher.combine(byte) } }
  }
}
