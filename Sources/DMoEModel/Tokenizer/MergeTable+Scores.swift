extension MergeTable {
  /// The merges of a SentencePiece vocabulary, which has no list of them but a score for every token: any two neighbors
  /// that together are a token become it, the token of the highest score first, then the leftmost.
  ///
  /// Tokens of one score share a rank, so that among them the place decides. A character that stands in tokens and is
  /// none itself gets an id behind the vocabulary: it can merge all the same.
  ///
  /// - Parameters:
  ///   - vocabulary: The tokens by id.
  ///   - scores: The score of each token.
  ///   - isMergeable: Whether text may become the token of an id.
  /// - Returns: The merges, and the tokens that text may become with those characters behind them.
  static func scored(
    _ vocabulary: [String], scores: [Float], isMergeable: (Int) -> Bool
  ) -> (merges: MergeTable, symbols: ByteStringTable) {
    let known = Tokenizer.table(vocabulary, searchable: isMergeable) { token, _, bytes in bytes += Array(token.utf8) }
    var extended = vocabulary
    var extra: Set<[UInt8]> = []
    for (id, token) in vocabulary.enumerated() where isMergeable(id) {
      for scalar in token.unicodeScalars {
        let bytes = Array(String(scalar).utf8)
        if known.index(of: bytes) == nil, extra.insert(bytes).inserted { extended.append(String(scalar)) }
      }
    }
    let isSymbol = { (id: Int) in id >= vocabulary.count || isMergeable(id) }
    let symbols = Tokenizer.table(extended, searchable: isSymbol) { token, _, bytes in bytes += Array(token.utf8) }

    let order = Array(Set(scores)).sorted(by: >)
    let ranks = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    var found: [(left: Int32, right: Int32, merge: Merge)] = []
    for (id, token) in vocabulary.enumerated() where isMergeable(id) {
      let bytes = Array(token.utf8)
      // Of equal tokens the first is meant.
      guard symbols.index(of: bytes) == Int32(id), let rank = ranks[scores[id]] else { continue }
      for cut in bytes.indices.dropFirst() where bytes[cut] & 0xC0 != 0x80 {
        guard let left = symbols.index(of: bytes[..<cut]), let right = symbols.index(of: bytes[cut...])
        else { continue }
        found.append((left, right, Merge(rank: rank, id: Int32(id))))
      }
    }
    var merges = MergeTable(count: found.count)
    for pair in found { merges.insert(pair.left, pair.right, pair.merge) }
    return (merges, symbols)
  }
}
