/// What tokenizers of both kinds are made of.
struct TokenizerParts: Sendable {
  /// The tokens by id, as their files spell them.
  let tokens: ByteStringTable
  /// The bytes that each id stands for; those that text may write are found by content, where words may be taken whole.
  let spellings: ByteStringTable
  /// How words become ids.
  let model: WordEncoder.Model
  /// Tokens found in the text as a whole.
  let addedTokens: [AddedToken]
  /// How blanks are marked in a vocabulary of characters.
  var metaspace: Metaspace?
  /// How ids of a vocabulary of characters become text again; `nil` where bytes follow each other.
  var decoder: CharacterDecoder?

  /// Finds the added tokens that are looked for in the raw text.
  let rawMatcher: AddedTokenMatcher
  /// Finds those that are looked for in the normalized text.
  let normalizedMatcher: AddedTokenMatcher
  /// The control tokens.
  let specialIDs: Set<Int32>
  /// The control tokens that are looked for in the normalized text.
  let normalizedControls: Set<Int32>
  /// Which bytes stand side by side within tokens.
  let neighbors: ByteNeighbors

  init(
    tokens: ByteStringTable, spellings: ByteStringTable, model: WordEncoder.Model, addedTokens: [AddedToken],
    normalization: TextNormalization
  ) {
    self.tokens = tokens
    self.spellings = spellings
    self.model = model
    self.addedTokens = addedTokens
    let normalized = addedTokens.filter(\.isNormalized)
    rawMatcher = AddedTokenMatcher(addedTokens.filter { !$0.isNormalized }.map { ($0, $0.content) })
    normalizedMatcher = AddedTokenMatcher(normalized.map { ($0, normalization.apply($0.content)) })
    let special = Set(addedTokens.filter(\.isSpecial).map(\.id))
    specialIDs = special
    normalizedControls = special.intersection(normalized.map(\.id))
    neighbors = ByteNeighbors(spellings) { !special.contains(Int32($0)) }
  }
}
