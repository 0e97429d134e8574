/// Strict text decoding for file headers.
enum UTF8Text {
  /// The text, or `nil` if the bytes are not UTF-8; nothing is repaired and a byte order mark is kept.
  static func decode(_ bytes: UnsafeRawBufferPointer) -> String? {
    String(validating: bytes, as: UTF8.self)
  }
}
