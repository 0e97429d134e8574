/// Strict text decoding for file headers.
enum UTF8Text {
  /// The text, or `nil` if the bytes are not UTF-8; nothing is repaired and a byte order mark is kept.
  static func decode(_ bytes: UnsafeRawBufferPointer) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    // An invalid sequence was replaced, so it no longer reads as it did.
    return text.utf8.elementsEqual(bytes) ? text : nil
  }
}
