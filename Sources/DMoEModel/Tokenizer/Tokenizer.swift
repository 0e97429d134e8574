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

  private let metaspace: Metaspace?
  private let decoder: CharacterDecoder?
  private let model: WordEncoder.Model
  private let tokens: ByteStringTable
  private let spellings: ByteStringTable
  private let rawMatcher: AddedTokenMatcher
  private let normalizedMatcher: AddedTokenMatcher
  private let specialIDs: Set<Int32>
  private let normalizedControls: Set<Int32>
  private let neighbors: ByteNeighbors

  /// Builds a byte-level tokenizer from its parts.
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
    neighbors = ByteNeighbors(spellings, where: isFound)
    var hash = FNV1aHash()
    let table = try Self.mergeTable(merges, tokens: tokens, special: special, hash: &hash)
    var byteIDs = [Int32](repeating: -1, count: 256)
    for (byte, character) in ByteAlphabet.characters.enumerated() {
      byteIDs[byte] = tokens.index(of: Array(String(character).utf8)) ?? -1
    }
    model = WordEncoder.Model(
      symbols: .bytes(byteIDs), merges: table, wholeWords: ignoresMerges ? spellings : nil, unknownID: unknownID,
      fusesUnknown: fusesUnknown)
    (metaspace, decoder) = (nil, nil)
    rawMatcher = AddedTokenMatcher(addedTokens.filter { !$0.isNormalized }.map { ($0, $0.content) })
    normalizedMatcher = AddedTokenMatcher(
      addedTokens.filter(\.isNormalized).map { ($0, normalization.apply($0.content)) })
    normalizedControls = special.intersection(addedTokens.filter(\.isNormalized).map(\.id))
    specialIDs = special
    self.preTokenizer = preTokenizer
    self.normalization = normalization
    (self.bosID, self.eosID, self.padID) = (bosID, eosID, padID)

    for token in vocabulary { hash.combine(token) }
    for token in addedTokens.sorted(by: { $0.id < $1.id }) { token.combine(into: &hash) }
    hash.combine(preTokenizer.rawValue)
    hash.combine(normalization.identity)
    for number in [ignoresMerges ? 1 : 0, Int(unknownID ?? -1), fusesUnknown ? 1 : 0] { hash.combine(number) }
    fingerprint = hash.value.hexadecimal
  }

  /// Builds a tokenizer whose vocabulary spells characters, as SentencePiece's does.
  ///
  /// - Parameters:
  ///   - vocabulary: The token of each id; an empty string is an id without a token.
  ///   - characterMerges: What becomes what.
  ///   - addedTokens: Tokens found in the text as a whole; an id may lie beyond `vocabulary`.
  ///   - metaspace: How blanks are marked and words cut; without it a text is one word, as its normalization leaves it.
  ///   - normalization: What is done to text before.
  ///   - fallsBackOnBytes: Whether a character without a token becomes the tokens of its bytes.
  ///   - ignoresMerges: Whether a word that is a token is that token, whatever the merges say.
  ///   - unknownID: The id of a character without a token; without it such characters are dropped.
  ///   - fusesUnknown: Whether neighboring unknown characters become one token.
  ///   - decodesBytes: Whether the tokens of bytes are bytes when ids become text again.
  ///   - stripsFirstBlank: Whether decoding leaves out a blank before the text.
  /// - Throws: `TokenizerError.malformed` if parts contradict each other, `.writableControlToken` if a merge spells a
  ///   control token.
  package init(
    vocabulary: [String], characterMerges: CharacterMerges, addedTokens: [AddedToken] = [], metaspace: Metaspace? = nil,
    normalization: TextNormalization = .none, fallsBackOnBytes: Bool, ignoresMerges: Bool = false,
    unknownID: Int32? = nil, fusesUnknown: Bool = false, decodesBytes: Bool, stripsFirstBlank: Bool,
    bosID: Int32? = nil,
    eosID: Int32? = nil, padID: Int32? = nil
  ) throws(TokenizerError) {
    let ownCount = vocabulary.count
    let vocabulary = try Self.merging(addedTokens, into: vocabulary)
    for id in [unknownID, bosID, eosID, padID].compactMap({ $0 }) where !vocabulary.indices.contains(Int(id)) {
      throw .malformed(reason: "id \(id) lies outside the vocabulary of \(vocabulary.count)")
    }
    let special = Set(addedTokens.filter(\.isSpecial).map(\.id))
    tokens = Self.table(vocabulary) { token, _, bytes in bytes.append(contentsOf: token.utf8) }
    let bytes = tokens
    let byteIDs = (UInt8.min...UInt8.max).map { byte in
      bytes.index(of: Array(CharacterSymbols.token(ofByte: byte).utf8)) ?? -1
    }
    let decoder = CharacterDecoder(byteIDs: decodesBytes ? byteIDs : [], stripsFirstBlank: stripsFirstBlank)
    let added = Set(addedTokens.map(\.id))
    let isNeverFound = { (_: Int) in false }
    spellings = Self.table(vocabulary, searchable: isNeverFound) { token, id, bytes in
      if added.contains(Int32(id)) {
        bytes.append(contentsOf: token.utf8)
      } else {
        bytes.append(contentsOf: decoder.spelling(of: token, id: Int32(id)))
      }
    }
    neighbors = ByteNeighbors(spellings) { !special.contains(Int32($0)) }
    var hash = FNV1aHash()
    let merges: MergeTable
    var symbols = tokens
    switch characterMerges {
    case .ranked(let list): merges = try Self.mergeTable(list, tokens: tokens, special: special, hash: &hash)
    case .scored(let scores):
      guard scores.count == ownCount, scores.allSatisfy({ !$0.isNaN }) else {
        throw .malformed(reason: "\(ownCount) tokens have \(scores.count) scores, or a score is no number")
      }
      let unmerged = special.union(fallsBackOnBytes ? byteIDs : []).union([unknownID ?? -1])
      (merges, symbols) = MergeTable.scored(
        vocabulary, scores: scores + Array(repeating: 0, count: vocabulary.count - ownCount)
      ) { id in id < ownCount && !unmerged.contains(Int32(id)) }
      hash.combine("scored")
      for score in scores { hash.combine(Int(score.bitPattern)) }
    }
    // Only tokens that plain text may write are found by spelling.
    let isFound = { (id: Int) in !special.contains(Int32(id)) }
    let whole =
      ignoresMerges
      ? Self.table(vocabulary, searchable: isFound) { token, _, bytes in bytes.append(contentsOf: token.utf8) } : nil
    model = WordEncoder.Model(
      symbols: .characters(
        CharacterSymbols(tokens: symbols, byteIDs: fallsBackOnBytes ? byteIDs : []), count: vocabulary.count),
      merges: merges, wholeWords: whole, unknownID: unknownID, fusesUnknown: fusesUnknown)
    rawMatcher = AddedTokenMatcher(addedTokens.filter { !$0.isNormalized }.map { ($0, $0.content) })
    normalizedMatcher = AddedTokenMatcher(
      addedTokens.filter(\.isNormalized).map { ($0, normalization.apply($0.content)) })
    normalizedControls = special.intersection(addedTokens.filter(\.isNormalized).map(\.id))
    specialIDs = special
    preTokenizer = nil
    self.normalization = normalization
    (self.metaspace, self.decoder) = (metaspace, decoder)
    (self.bosID, self.eosID, self.padID) = (bosID, eosID, padID)

    for token in vocabulary { hash.combine(token) }
    for token in addedTokens.sorted(by: { $0.id < $1.id }) { token.combine(into: &hash) }
    hash.combine(metaspace?.identity ?? "one word")
    hash.combine(normalization.identity)
    for number in [
      ignoresMerges ? 1 : 0, Int(unknownID ?? -1), fusesUnknown ? 1 : 0, fallsBackOnBytes ? 1 : 0,
    ] { hash.combine(number) }
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
        && !neighbors.contains(left, right)
    }
  }

  /// Whether a control token is looked for in the normalized text: there, what wrote it is not known any more.
  func isLookedForNormalized(_ id: Int32) -> Bool { normalizedControls.contains(id) }

  private func encode(_ text: String, _ scope: ControlTokenScope) -> [Int32] {
    var text = text
    return text.withUTF8 { bytes in
      var ids: [Int32] = []
      ids.reserveCapacity(bytes.count / 3)
      let parts = rawMatcher.parts(of: bytes, in: 0..<bytes.count, scope)
      if metaspace == nil, !normalization.mayChange(bytes) {
        encode(parts, of: bytes, scope, isFirst: true, into: &ids)
      } else {
        for part in parts {
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
    let known = ids.filter { $0 >= 0 && Int($0) < spellings.count }
    if let decoder { return decoder.decode(known, spellings) }
    return String(decoding: known.flatMap { spellings[Int($0)] }, as: UTF8.self)
  }

  private func encode(
    _ parts: [AddedTokenMatcher.Part], of bytes: UnsafeBufferPointer<UInt8>, _ scope: ControlTokenScope, isFirst: Bool,
    into ids: inout [Int32]
  ) {
    var encoder = WordEncoder(model, bytes)
    for part in parts {
      guard case .text(let range) = part else {
        if case .token(let id) = part { ids.append(id) }
        continue
      }
      // In a text that normalization changed there is one part, with the scope of all of it.
      for part in normalizedMatcher.parts(of: bytes, in: range, scope) {
        switch part {
        case .token(let id): ids.append(id)
        case .text(let range):
          if let preTokenizer {
            var scanner = WordScanner(preTokenizer, bytes, in: range)
            while let word = scanner.next() { encoder.encode(word, into: &ids) }
          } else if let metaspace {
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
      var encoder = WordEncoder(model, bytes)
      for word in metaspace.words(of: bytes) { encoder.encode(word, into: &ids) }
    }
  }
}
