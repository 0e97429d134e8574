/// A splitter that writes blanks as `▁`, as SentencePiece does, and may put one before the text.
///
/// Source: `Metaspace` of the Hugging Face `tokenizers` library.
package struct Metaspace: Sendable, Equatable {
  /// Where a `▁` is put before a text that does not begin with one.
  package enum Prepending: String, Sendable {
    /// Before the whole text, and after every added token.
    case always
    /// Before the whole text only.
    case first
    /// Nowhere.
    case never
  }

  /// The character that stands for a blank: U+2581.
  static let mark: [UInt8] = [0xE2, 0x96, 0x81]

  /// Where a `▁` is put before a text.
  package var prepending: Prepending
  /// Whether a word ends before each `▁`; otherwise a text is one word.
  package var splits: Bool

  /// Makes a splitter; see the properties.
  package init(prepending: Prepending, splits: Bool) {
    self.prepending = prepending
    self.splits = splits
  }

  /// How the splitter is told apart from others in a tokenizer's fingerprint.
  var identity: String { "metaspace \(prepending.rawValue) \(splits)" }

  /// A text between two added tokens as the tokenizer sees it.
  ///
  /// - Parameter isFirst: Whether the text is the beginning of what is encoded.
  func marked(_ text: some Collection<UInt8>, isFirst: Bool) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count + text.count / 2 + 3)
    let wantsMark = prepending == .always || (prepending == .first && isFirst)
    if wantsMark, text.first != 0x20, !text.starts(with: Self.mark) { result += Self.mark }
    for byte in text {
      if byte == 0x20 { result += Self.mark } else { result.append(byte) }
    }
    return result
  }

  /// Where the words of a marked text begin and end.
  func words(of text: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
    guard splits else { return text.isEmpty ? [] : [0..<text.count] }
    var words: [Range<Int>] = []
    var start = 0
    var position = 0
    while position < text.count {
      let isMark = text[position] == Self.mark[0] && text[position...].starts(with: Self.mark)
      if isMark, position > start {
        words.append(start..<position)
        start = position
      }
      position += isMark ? Self.mark.count : 1
    }
    if start < text.count { words.append(start..<text.count) }
    return words
  }
}
