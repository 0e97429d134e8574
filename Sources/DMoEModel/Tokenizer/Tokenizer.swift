import DMoEFoundation

/// A byte-level BPE tokenizer: text to token ids and back.
///
/// Ids equal those of the Hugging Face `tokenizers` library without its post-processor: no token is added at the ends.
/// Any text can be encoded; a byte that the vocabulary has no token for is dropped, as there, or becomes the unknown
/// token if the tokenizer has one.
public struct Tokenizer: Sendable {
  /// The id that starts a text, if the tokenizer's files name one.
  public let bosID: Int32?
  /// The id that ends a text, if the tokenizer's files name one.
  public let eosID: Int32?
  /// The id that fills up a batch, if the tokenizer's files name one.
  public let padID: Int32?
  /// A hash of everything that decides ids (vocabulary, merges, pre-tokenizer, added tokens), 16 hexadecimal digits.
  ///
  /// Two tokenizers with equal fingerprints give the same ids; a bundle records it to notice an exchanged tokenizer.
  public let fingerprint: String
  /// The rule by which text is cut into words.
  package let preTokenizer: PreTokenizer
  /// The normalization of text before it is cut.
  package let normalization: TextNormalization

  private let model: WordEncoder.Model
  private let tokens: ByteStringTable
  private let spellings: ByteStringTable
  private let rawMatcher: AddedTokenMatcher
  private let normalizedMatcher: AddedTokenMatcher
  private let specialIDs: Set<Int32>

  /// Builds a tokenizer from its parts.
  ///
  /// - Parameters:
  ///   - vocabulary: The token of each id, in the byte alphabet of GPT-2; an empty string is an id without a token.
  ///   - merges: The merges in order of preference, each as two tokens with a space between.
  ///   - addedTokens: Tokens found in the text as a whole; an id may lie beyond `vocabulary`.
  ///   - preTokenizer: How text is cut into words.
  ///   - normalization: What is done to text before; `nil` is what usually goes with the pre-tokenizer.
  ///   - ignoresMerges: Whether a word that is a token is that token, whatever the merges say (Llama 3).
  ///   - unknownID: The id of a byte without a token; without it such bytes are dropped.
  ///   - fusesUnknown: Whether neighboring unknown bytes become one token.
  /// - Throws: `TokenizerError.malformed` if parts contradict each other, `.writableControlToken` if a merge spells a
  ///   control token.
  package init(
    vocabulary: [String], merges: [String], addedTokens: [AddedToken] = [], preTokenizer: PreTokenizer,
    normalization: TextNormalization? = nil, ignoresMerges: Bool = false, unknownID: Int32? = nil,
    fusesUnknown: Bool = false, bosID: Int32? = nil, eosID: Int32? = nil, padID: Int32? = nil
  ) throws(TokenizerError) {
    let normalization = normalization ?? preTokenizer.usualNormalization
    let vocabulary = try Self.merging(addedTokens, into: vocabulary)
    for id in [unknownID, bosID, eosID, padID].compactMap({ $0 }) where !vocabulary.indices.contains(Int(id)) {
      throw .malformed(reason: "id \(id) lies outside the vocabulary of \(vocabulary.count)")
    }
    let special = Set(addedTokens.filter(\.isSpecial).map(\.id))
    let added = Set(addedTokens.map(\.id))
    tokens = Self.table(vocabulary) { token, _, bytes in bytes.append(contentsOf: token.utf8) }
    // Only tokens that plain text may write are found by spelling.
    let isFound = { (id: Int) in !special.contains(Int32(id)) }
    spellings = Self.table(vocabulary, searchable: isFound) { token, id, bytes in
      if added.contains(Int32(id)) {
        bytes.append(contentsOf: token.utf8)
      } else {
        ByteAlphabet.append(token, to: &bytes)
      }
    }
    var hash = FNV1aHash()
    let table = try Self.mergeTable(merges, tokens: tokens, special: special, hash: &hash)
    var byteIDs = [Int32](repeating: -1, count: 256)
    for (byte, character) in ByteAlphabet.characters.enumerated() {
      byteIDs[byte] = tokens.index(of: Array(String(character).utf8)) ?? -1
    }
    model = WordEncoder.Model(
      byteIDs: byteIDs, merges: table, wholeWords: ignoresMerges ? spellings : nil, unknownID: unknownID,
      fusesUnknown: fusesUnknown)
    rawMatcher = AddedTokenMatcher(addedTokens.filter { !$0.isNormalized }.map { ($0, $0.content) })
    normalizedMatcher = AddedTokenMatcher(
      addedTokens.filter(\.isNormalized).map { ($0, normalization.apply($0.content)) })
    specialIDs = special
    self.preTokenizer = preTokenizer
    self.normalization = normalization
    (self.bosID, self.eosID, self.padID) = (bosID, eosID, padID)

    for token in vocabulary { hash.combine(token) }
    for token in addedTokens.sorted(by: { $0.id < $1.id }) { token.combine(into: &hash) }
    hash.combine(preTokenizer.rawValue)
    hash.combine(normalization.rawValue)
    for number in [ignoresMerges ? 1 : 0, Int(unknownID ?? -1), fusesUnknown ? 1 : 0] { hash.combine(number) }
    fingerprint = hash.value.hexadecimal
  }

  /// One more than the greatest id: as many rows as the embedding needs at least.
  public var vocabularySize: Int { tokens.count }

  /// The id of a token, spelled as in the tokenizer's files (`<|im_end|>`, `Ġthe`).
  public func tokenID(of token: String) -> Int32? { tokens.index(of: Array(token.utf8)) }

  /// Whether the id is a control token, which plain text cannot write.
  public func isSpecial(_ id: Int32) -> Bool { specialIDs.contains(id) }

  /// The token ids of a text.
  ///
  /// - Parameters:
  ///   - text: Any text; an empty one has no ids.
  ///   - parsingSpecialTokens: Whether control tokens spelled in the text become their ids. Pass `false` for text from
  ///     outside, so that it cannot end its turn or open another one.
  public func encode(_ text: String, parsingSpecialTokens: Bool = true) -> [Int32] {
    var text = text
    return text.withUTF8 { bytes in
      var ids: [Int32] = []
      ids.reserveCapacity(bytes.count / 3)
      let parts = rawMatcher.parts(of: bytes, in: 0..<bytes.count, parsingSpecialTokens: parsingSpecialTokens)
      if !normalization.mayChange(bytes) {
        encode(parts, of: bytes, parsingSpecialTokens, into: &ids)
      } else {
        for part in parts {
          switch part {
          case .token(let id): ids.append(id)
          case .text(let range):
            var normalized = normalization.apply(String(decoding: bytes[range], as: UTF8.self))
            normalized.withUTF8 { encode([.text(0..<$0.count)], of: $0, parsingSpecialTokens, into: &ids) }
          }
        }
      }
      return ids
    }
  }

  /// The text of ids; bytes that are no UTF-8 become U+FFFD, ids outside the vocabulary nothing.
  ///
  /// Decoding undoes encoding for every text, but for normalization and bytes that the vocabulary has no token for.
  public func decode(_ ids: some Sequence<Int32>) -> String {
    var bytes: [UInt8] = []
    for id in ids where id >= 0 && Int(id) < spellings.count { bytes.append(contentsOf: spellings[Int(id)]) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func encode(
    _ parts: [AddedTokenMatcher.Part], of bytes: UnsafeBufferPointer<UInt8>, _ parsingSpecialTokens: Bool,
    into ids: inout [Int32]
  ) {
    var encoder = WordEncoder(model, bytes)
    for part in parts {
      guard case .text(let range) = part else {
        if case .token(let id) = part { ids.append(id) }
        continue
      }
      for part in normalizedMatcher.parts(of: bytes, in: range, parsingSpecialTokens: parsingSpecialTokens) {
        switch part {
        case .token(let id): ids.append(id)
        case .text(let range):
          var scanner = WordScanner(preTokenizer, bytes, in: range)
          while let word = scanner.next() { encoder.encode(word, into: &ids) }
        }
      }
    }
  }
}
