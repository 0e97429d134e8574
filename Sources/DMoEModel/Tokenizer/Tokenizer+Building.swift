import DMoEFoundation

extension Tokenizer {
  /// The vocabulary with the added tokens at their ids.
  static func merging(_ added: [AddedToken], into vocabulary: [String]) throws(TokenizerError) -> [String] {
    // An id decides how long the vocabulary gets, so wild ones must not decide over the memory, one after the other.
    let limit = vocabulary.count + 1_000_000
    var vocabulary = vocabulary
    for token in added {
      guard token.id >= 0, Int(token.id) < limit, !token.content.isEmpty else {
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
      var merge = merge
      guard let parts = merge.withUTF8({ Self.ids(of: $0, in: tokens) }) else {
        throw .malformed(reason: "merge \(rank) is not two tokens with a space between: \(merge)")
      }
      guard let left = parts.left, let right = parts.right, let id = parts.whole else {
        throw .malformed(reason: "merge \(rank) names a token outside the vocabulary: \(merge)")
      }
      guard !special.contains(id) else {
        throw .writableControlToken(String(decoding: tokens[Int(id)], as: UTF8.self))
      }
      table.insert(left, right, MergeTable.Merge(rank: rank, id: id))
      hash.combine(Int(left))
      hash.combine(Int(right))
    }
    return table
  }

  /// The ids of both parts of a merge, and of the two as one; nil if it is not two parts with one space between.
  private static func ids(
    of merge: UnsafeBufferPointer<UInt8>, in tokens: ByteStringTable
  ) -> (left: Int32?, right: Int32?, whole: Int32?)? {
    guard let space = merge.firstIndex(of: 0x20), merge.lastIndex(of: 0x20) == space else { return nil }
    let left = UnsafeBufferPointer(rebasing: merge[..<space])
    let right = UnsafeBufferPointer(rebasing: merge[(space + 1)...])
    return (tokens.index(of: left), tokens.index(of: right), tokens.index(of: left, followedBy: right))
  }
}
