import DMoEFoundation

extension Tokenizer {
  /// The vocabulary with the added tokens at their ids.
  static func merging(_ added: [AddedToken], into vocabulary: [String]) throws(TokenizerError) -> [String] {
    var vocabulary = vocabulary
    for token in added {
      // An id decides how long the vocabulary gets, so a wild one must not decide over the memory.
      guard token.id >= 0, Int(token.id) < vocabulary.count + 1_000_000, !token.content.isEmpty else {
        throw .malformed(reason: "added token \(token.content) has id \(token.id)")
      }
      while vocabulary.count <= Int(token.id) { vocabulary.append("") }
      let present = vocabulary[Int(token.id)]
      guard present.isEmpty || present.utf8.elementsEqual(token.content.utf8) else {
        throw .malformed(reason: "id \(token.id) is both \(present) and \(token.content)")
      }
      vocabulary[Int(token.id)] = token.content
    }
    return vocabulary
  }

  /// Numbers strings by id, each written by `append(token, id, &bytes)`.
  static func table(
    _ vocabulary: [String], searchable: (Int) -> Bool = { _ in true }, append: (String, Int, inout [UInt8]) -> Void
  ) -> ByteStringTable {
    var bytes: [UInt8] = []
    var offsets = [0]
    offsets.reserveCapacity(vocabulary.count + 1)
    for (id, token) in vocabulary.enumerated() {
      append(token, id, &bytes)
      offsets.append(bytes.count)
    }
    return ByteStringTable(bytes: bytes, offsets: offsets, searchable: searchable)
  }

  /// Resolves merges to ids.
  static func mergeTable(
    _ merges: [String], tokens: ByteStringTable, special: Set<Int32>, hash: inout FNV1aHash
  ) throws(TokenizerError) -> MergeTable {
    var table = MergeTable(count: merges.count)
    for (rank, merge) in merges.enumerated() {
      let bytes = Array(merge.utf8)
      guard let space = bytes.firstIndex(of: 0x20), bytes.lastIndex(of: 0x20) == space else {
        throw .malformed(reason: "merge \(rank) is not two tokens with a space between: \(merge)")
      }
      let (left, right) = (bytes[..<space], bytes[(space + 1)...])
      guard let leftID = tokens.index(of: left), let rightID = tokens.index(of: right),
        let id = tokens.index(of: Array(left + right))
      else { throw .malformed(reason: "merge \(rank) names a token outside the vocabulary: \(merge)") }
      guard !special.contains(id) else {
        throw .writableControlToken(String(decoding: tokens[Int(id)], as: UTF8.self))
      }
      table.insert(leftID, rightID, MergeTable.Merge(rank: rank, id: id))
      hash.combine(Int(leftID))
      hash.combine(Int(rightID))
    }
    return table
  }
}
