extension Tokenizer {
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
    try Self.check([unknownID, bosID, eosID, padID], in: vocabulary)
    let special = Set(addedTokens.filter(\.isSpecial).map(\.id))
    let added = Set(addedTokens.map(\.id))
    let tokens = Self.table(vocabulary) { token, _, bytes in bytes.append(contentsOf: token.utf8) }
    // Only tokens that plain text may write are found by spelling.
    let isFound = { (id: Int) in !special.contains(Int32(id)) }
    let spellings = Self.table(vocabulary, searchable: isFound) { token, id, bytes in
      if added.contains(Int32(id)) {
        bytes.append(contentsOf: token.utf8)
      } else {
        ByteAlphabet.append(token, to: &bytes)
      }
    }
    var hash = StableHash()
    let table = try Self.mergeTable(merges, tokens: tokens, special: special, hash: &hash)
    let byteIDs = ByteAlphabet.characters.map { tokens.index(of: Array(String($0).utf8)) ?? -1 }
    let model = WordEncoder.Model(
      symbols: .bytes(byteIDs), merges: table, wholeWords: ignoresMerges ? spellings : nil, unknownID: unknownID,
      fusesUnknown: fusesUnknown)
    self.init(
      TokenizerParts(
        tokens: tokens, spellings: spellings, model: model, addedTokens: addedTokens, normalization: normalization),
      preTokenizer: preTokenizer, normalization: normalization, ends: (bosID, eosID, padID), hash: hash,
      numbers: [ignoresMerges ? 1 : 0, Int(unknownID ?? -1), fusesUnknown ? 1 : 0])
  }

  /// - Throws: `TokenizerError.malformed` for an id that is none of the vocabulary.
  static func check(_ ids: [Int32?], in vocabulary: [String]) throws(TokenizerError) {
    for id in ids.compactMap({ $0 }) where !vocabulary.indices.contains(Int(id)) {
      throw .malformed(reason: "id \(id) lies outside the vocabulary of \(vocabulary.count)")
    }
  }
}
