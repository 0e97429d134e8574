/// Ids of a vocabulary of characters back to text.
///
/// Source: the decoders `Replace`, `ByteFallback`, `Fuse` and `Strip` of the Hugging Face `tokenizers` library.
struct CharacterDecoder: Sendable {
  private let byteOfID: [Int32: UInt8]
  private let stripsFirstBlank: Bool

  /// - Parameter byteIDs: The id of each byte's token, -1 where there is none; empty if the model has none.
  init(byteIDs: [Int32], stripsFirstBlank: Bool) {
    byteOfID = Dictionary(
      byteIDs.enumerated().compactMap { $1 < 0 ? nil : ($1, UInt8($0)) }, uniquingKeysWith: { first, _ in first })
    self.stripsFirstBlank = stripsFirstBlank
  }

  /// The bytes that a token stands for: `▁` is a blank.
  func spelling(of token: String, id: Int32) -> [UInt8] {
    if let byte = byteOfID[id] { return [byte] }
    return Array(TextNormalization.replacing("\u{2581}", with: " ", in: token).utf8)
  }

  /// The text of ids; of bytes in a row that are no UTF-8, each becomes U+FFFD.
  func decode(_ ids: [Int32], _ spellings: ByteStringTable) -> String {
    var result: [UInt8] = []
    var run: [UInt8] = []
    func endRun() {
      let isText = String(validating: run, as: UTF8.self) != nil
      result += isText ? run : run.flatMap { _ in Array("\u{FFFD}".utf8) }
      run.removeAll()
    }
    for id in ids {
      if let byte = byteOfID[id] {
        run.append(byte)
      } else {
        if !run.isEmpty { endRun() }
        result += spellings[Int(id)]
      }
    }
    if !run.isEmpty { endRun() }
    if stripsFirstBlank, result.first == 0x20 { result.removeFirst() }
    return String(decoding: result, as: UTF8.self)
  }
}
