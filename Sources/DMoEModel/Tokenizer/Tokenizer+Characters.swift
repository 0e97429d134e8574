extension Tokenizer {
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
    bosID: Int32? = nil, eosID: Int32? = nil, padID: Int32? = nil
  ) throws(TokenizerError) {
    let ownCount = vocabulary.count
    let vocabulary = try Self.merging(addedTokens, into: vocabulary)
    try Self.check([unknownID, bosID, eosID, padID], in: vocabulary)
    let special = Set(addedTokens.filter(\.isSpecial).map(\.id))
    let added = Set(addedTokens.map(\.id))
    let tokens = Self.table(vocabulary) { token, _, bytes in bytes.append(contentsOf: token.utf8) }
    let byteIDs = (UInt8.min...UInt8.max).map { byte in
      tokens.index(of: Array(CharacterSymbols.token(ofByte: byte).utf8)) ?? -1
    }
    let decoder = CharacterDecoder(byteIDs: decodesBytes ? byteIDs : [], stripsFirstBlank: stripsFirstBlank)
    let spellings = Self.table(vocabulary) { token, id, bytes in
      let isAdded = added.contains(Int32(id))
      bytes += isAdded ? Array(token.utf8) : decoder.spelling(of: token, id: Int32(id))
    }
    var hash = StableHash()
    let merges: MergeTable
    var symbols = tokens
    let fallback = fallsBackOnBytes ? byteIDs : []
    switch characterMerges {
    case .ranked(let list): merges = try Self.mergeTable(list, tokens: tokens, special: special, hash: &hash)
    case .scored(let scores):
      guard scores.count == ownCount, scores.allSatisfy({ !$0.isNaN }) else {
        throw .malformed(reason: "\(ownCount) tokens have \(scores.count) scores, or a score is no number")
      }
      let unmerged = special.union(fallback).union([unknownID ?? -1])
      (merges, symbols) = MergeTable.scored(
        vocabulary, scores: scores + Array(repeating: 0, count: vocabulary.count - ownCount)
      ) { id in id < ownCount && !unmerged.contains(Int32(id)) }
      hash.combine("scored")
      for score in scores { hash.combine(Int(score.bitPattern)) }
    }
    // Only tokens that plain text may write are taken whole.
    let isFound = { (id: Int) in !special.contains(Int32(id)) }
    let whole = Self.table(ignoresMerges ? vocabulary : [], searchable: isFound) { token, _, bytes in
      bytes.append(contentsOf: token.utf8)
    }
    let model = WordEncoder.Model(
      symbols: .characters(CharacterSymbols(tokens: symbols, byteIDs: fallback), count: vocabulary.count),
      merges: merges, wholeWords: ignoresMerges ? whole : nil, unknownID: unknownID, fusesUnknown: fusesUnknown)
    var parts = TokenizerParts(
      tokens: tokens, spellings: spellings, model: model, addedTokens: addedTokens, normalization: normalization)
    (parts.metaspace, parts.decoder) = (metaspace, decoder)
    self.init(
      parts, preTokenizer: nil, normalization: normalization, ends: (bosID, eosID, padID), hash: hash,
      numbers: [
        ignoresMerges ? 1 : 0, Int(unknownID ?? -1), fusesUnknown ? 1 : 0, fallsBackOnBytes ? 1 : 0,
      ])
  }
}
