import DMoEFoundation

/// A BPE tokenizer: text to token ids and back.
///
/// Byte-level (GPT-2, Llama 3, Qwen) or by characters with bytes for those it has no token for (SentencePiece: Llama 2,
/// Mistral, Gemma, Phi-3). Ids equal those of the Hugging Face `tokenizers` library without its post-processor: no token
/// is added at the ends. Any text can be encoded; a byte that the vocabulary has no token for is dropped, as there, or
/// becomes the unknown token if the tokenizer has one.
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
  /// The rule by which text is cut into words; `nil` for a vocabulary of characters.
  package let preTokenizer: PreTokenizer?
  /// The normalization of text before it is cut.
  package let normalization: TextNormalization

  let parts: TokenizerParts

  /// Puts a tokenizer together.
  ///
  /// - Parameters:
  ///   - ends: The ids of the BOS, EOS and padding tokens.
  ///   - hash: A hash of the merges, to which all else that decides ids is added.
  ///   - numbers: What else decides ids.
  init(
    _ parts: TokenizerParts, preTokenizer: PreTokenizer?, normalization: TextNormalization,
    ends: (bos: Int32?, eos: Int32?, pad: Int32?), hash: FNV1aHash, numbers: [Int]
  ) {
    self.parts = parts
    self.preTokenizer = preTokenizer
    self.normalization = normalization
    (bosID, eosID, padID) = ends
    var hash = hash
    parts.tokens.visit { _, token in
      hash.combine(token.count)
      hash.combine(token)
    }
    for token in parts.addedTokens.sorted(by: { $0.id < $1.id }) { token.combine(into: &hash) }
    hash.combine(preTokenizer?.rawValue ?? parts.metaspace?.identity ?? "one word")
    hash.combine(normalization.identity)
    for number in numbers { hash.combine(number) }
    fingerprint = hash.value.hexadecimal
  }

  /// One more than the greatest id: as many rows as the embedding needs at least.
  public var vocabularySize: Int { parts.tokens.count }

  /// The id of a token, spelled as in the tokenizer's files (`<|im_end|>`, `Ġthe`).
  public func tokenID(of token: String) -> Int32? { parts.tokens.index(of: Array(token.utf8)) }

  /// Whether the id is a control token, which plain text cannot write.
  public func isSpecial(_ id: Int32) -> Bool { parts.specialIDs.contains(id) }

  /// The token ids of a text.
  ///
  /// - Parameters:
  ///   - text: Any text; an empty one has no ids.
  ///   - parsingSpecialTokens: Whether control tokens spelled in the text become their ids. Pass `false` for text from
  ///     outside, so that it cannot end its turn or open another one.
  public func encode(_ text: String, parsingSpecialTokens: Bool = true) -> [Int32] {
    encode(text, parsingSpecialTokens ? .everywhere : .nowhere)
  }

  /// The token ids of a text in which control tokens count where a template spelled them.
  package func encode(_ text: MarkedText) -> [Int32] { encode(text.text, .outside(text.contents)) }

  /// The last place in a text that no token of the vocabulary spans, and no word; `nil` if there is none.
  ///
  /// What stands before it has the same ids whatever follows, and the other way round. White space is no such place.
  func lastSeam(in text: [UInt8]) -> Int? {
    func isWhite(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    var boundaries = Set(text.indices.dropFirst())
    if let preTokenizer {
      text.withUnsafeBufferPointer { bytes in
        var scanner = WordScanner(preTokenizer, bytes, in: 0..<bytes.count)
        boundaries = []
        while let word = scanner.next() { boundaries.insert(word.lowerBound) }
      }
    }
    return text.indices.dropFirst().last { place in
      let (left, right) = (text[place - 1], text[place])
      return boundaries.contains(place) && right & 0xC0 != 0x80 && !isWhite(left) && !isWhite(right)
        && !parts.neighbors.contains(left, right)
    }
  }

  /// Whether a control token is looked for in the normalized text: there, what wrote it is not known any more.
  func isLookedForNormalized(_ id: Int32) -> Bool { parts.normalizedControls.contains(id) }

  private func encode(_ text: String, _ scope: ControlTokenScope) -> [Int32] {
    var text = text
    return text.withUTF8 { bytes in
      var ids: [Int32] = []
      ids.reserveCapacity(bytes.count / 3)
      let found = parts.rawMatcher.parts(of: bytes, in: 0..<bytes.count, scope)
      if parts.metaspace == nil, !normalization.mayChange(bytes) {
        encode(found, of: bytes, scope, isFirst: true, into: &ids)
      } else {
        for part in found {
          switch part {
          case .token(let id): ids.append(id)
          case .text(let range):
            var normalized = normalization.apply(String(decoding: bytes[range], as: UTF8.self))
            normalized.withUTF8 {
              encode(
                [.text(0..<$0.count)], of: $0, scope.scope(of: range), isFirst: range.lowerBound == 0, into: &ids)
            }
          }
        }
      }
      return ids
    }
  }

  /// The text of ids; bytes that are no UTF-8 become U+FFFD, ids outside the vocabulary nothing.
  ///
  /// Decoding undoes encoding for every text, but for normalization, blanks before it (SentencePiece) and bytes that the
  /// vocabulary has no token for.
  public func decode(_ ids: some Sequence<Int32>) -> String {
    let known = ids.filter { $0 >= 0 && Int($0) < parts.spellings.count }
    if let decoder = parts.decoder { return decoder.decode(known, parts.spellings) }
    return String(decoding: known.flatMap { parts.spellings[Int($0)] }, as: UTF8.self)
  }

  private func encode(
    _ found: [AddedTokenMatcher.Part], of bytes: UnsafeBufferPointer<UInt8>, _ scope: ControlTokenScope, isFirst: Bool,
    into ids: inout [Int32]
  ) {
    var encoder = WordEncoder(parts.model, bytes)
    for part in found {
      guard case .text(let range) = part else {
        if case .token(let id) = part { ids.append(id) }
        continue
      }
      // In a text that normalization changed there is one part, with the scope of all of it.
      for part in parts.normalizedMatcher.parts(of: bytes, in: range, scope) {
        switch part {
        case .token(let id): ids.append(id)
        case .text(let range):
          if let preTokenizer {
            var scanner = WordScanner(preTokenizer, bytes, in: range)
            while let word = scanner.next() { encoder.encode(word, into: &ids) }
          } else if let metaspace = parts.metaspace {
            encode(metaspace.marked(bytes[range], isFirst: isFirst && range.lowerBound == 0), metaspace, into: &ids)
          } else {
            encoder.encode(range, into: &ids)
          }
        }
      }
    }
  }

  private func encode(_ marked: [UInt8], _ metaspace: Metaspace, into ids: inout [Int32]) {
    marked.withUnsafeBufferPointer { bytes in
      var encoder = WordEncoder(parts.model, bytes)
      for word in metaspace.words(of: bytes) { encoder.encode(word, into: &ids) }
    }
  }
}
