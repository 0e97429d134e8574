/// The ids that the characters of a text have before merging, in a vocabulary that spells characters and not bytes.
///
/// A character that is no token becomes its bytes, one token `<0x0A>` each, if the vocabulary has them all and falls
/// back on them; otherwise the unknown token, and without that nothing.
///
/// Source: `BPE::merge_word` of the Hugging Face `tokenizers` library; SentencePiece's byte fallback.
struct CharacterSymbols: Sendable {
  private let tokens: ByteStringTable
  /// The id of each byte's token, -1 where there is none; empty if the model does not fall back on bytes.
  private let byteIDs: [Int32]
  private let ascii: [Int32]

  /// - Parameter tokens: The vocabulary as the file spells it; of ids that it finds, those below `Int32.max` count.
  init(tokens: ByteStringTable, byteIDs: [Int32]) {
    self.tokens = tokens
    self.byteIDs = byteIDs
    ascii = (0..<0x80).map { tokens.index(of: [UInt8($0)]) ?? -1 }
  }

  /// The spelling of a byte's token.
  static func token(ofByte byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "<0x" + (digits.count == 1 ? "0" : "") + digits + ">"
  }

  /// The byte that a token stands for, if it is spelled as one.
  static func byte(ofToken token: String) -> UInt8? {
    guard token.utf8.count == 6, token.hasPrefix("<0x"), token.hasSuffix(">") else { return nil }
    return UInt8(token.dropFirst(3).dropLast(), radix: 16)
  }

  /// Appends the ids of a word's characters.
  func append(
    _ word: Slice<UnsafeBufferPointer<UInt8>>, unknownID: Int32?, fusesUnknown: Bool, to ids: inout [Int32]
  ) {
    // An unknown token waits for the next known character: bytes of a character between them come first.
    var isUnknownPending = false
    var position = word.startIndex
    while position < word.endIndex {
      let end = min(position + UTF8Scalars.width(lead: word[position]), word.endIndex)
      let character = word[position..<end]
      position = end
      let isASCII = character.count == 1
      let id = isASCII ? ascii[Int(character[character.startIndex] & 0x7F)] : tokens.index(of: character) ?? -1
      if id >= 0 {
        if isUnknownPending, let unknownID { ids.append(unknownID) }
        isUnknownPending = false
        ids.append(id)
      } else if !byteIDs.isEmpty, character.allSatisfy({ byteIDs[Int($0)] >= 0 }) {
        for byte in character { ids.append(byteIDs[Int(byte)]) }
      } else if let unknownID {
        if isUnknownPending, !fusesUnknown { ids.append(unknownID) }
        isUnknownPending = true
      }
    }
    if isUnknownPending, let unknownID { ids.append(unknownID) }
  }

  /// Writes the bytes of characters that merging left over and that have no token of their own.
  ///
  /// - Parameter count: The size of the vocabulary; ids from there on are characters of ``MergeTable/init(scores:)``.
  func expand(_ ids: inout [Int32], from count: Int) {
    guard ids.contains(where: { Int($0) >= count }) else { return }
    ids = ids.flatMap { id in
      Int(id) < count ? [id] : tokens[Int(id)].map { byteIDs.isEmpty ? -1 : byteIDs[Int($0)] }
    }.filter { $0 >= 0 }
  }
}
