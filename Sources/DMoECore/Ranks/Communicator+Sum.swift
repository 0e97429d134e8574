package import struct Foundation.Data

extension Communicator {
  /// Adds up vectors that are numbered, in an order that depends on the numbers alone: the same bits on every rank, and
  /// whatever the number of ranks.
  ///
  /// Vectors are the leaves of a binary tree over their numbers: a node is the sum of its left half and its right half. A rank
  /// adds up whatever subtrees it has whole, and only their sums travel; with consecutive numbers on a rank these are few. Each rank
  /// goes on with a slice of them, of which all then get the sum.
  ///
  /// - Parameters:
  ///   - own: The vectors of this rank by number, all of one length; every number is on one rank.
  ///   - count: How many vectors all ranks have together, numbered from 0; at least 1.
  /// - Returns: the sum, with the length of the vectors.
  /// - Throws: `CommunicatorError`; `.malformedMessage` where a number is missing or twice there, or lengths differ.
  public func sum(_ own: [Int: [Float]], of count: Int) throws(CommunicatorError) -> [Float] {
    var tree = LeafTree(count: count)
    // What this rank has wrong is told by all: it sends nothing, and so too little is there.
    var problem: CommunicatorError?
    for (number, vector) in own.sorted(by: { $0.key < $1.key }) where problem == nil {
      do { try tree.add(vector, at: .leaf(number), from: rank) } catch { problem = error }
    }
    if problem != nil { tree = LeafTree(count: count) }
    let result = Result<[Float], CommunicatorError> { () throws(CommunicatorError) in try sum(tree).sum }
    if let problem { throw problem }
    return try result.get()
  }

  /// The same, of a tree that has the leaves of this rank.
  ///
  /// - Parameters:
  ///   - tree: The leaves of this rank, added up as far as they can be.
  ///   - note: A few bytes more that all ranks are to get.
  /// - Returns: the sum, and the notes by rank.
  package func sum(
    _ tree: LeafTree, note: Data = Data()
  ) throws(CommunicatorError) -> (sum: [Float], notes: [Data]) {
    guard size > 1 else { return (try tree.root(rank), [note]) }
    var outlines: [LeafTree.Outline] = []
    for (sender, bytes) in try allGather(tree.outline(note: note)).enumerated() {
      outlines.append(try LeafTree.Outline(bytes, from: sender))
    }
    let length = try length(of: outlines, count: tree.count)
    func slice(_ rank: Int) -> Range<Int> { length * rank / size..<length * (rank + 1) / size }
    let parts = try exchange((0..<size).map { tree.bytes(slice($0)) })
    var slices = LeafTree(count: tree.count)
    for (sender, (outline, part)) in zip(outlines, parts).enumerated() {
      try slices.add(part, of: outline.nodes, length: slice(rank).count, from: sender)
    }
    let own = try slices.root(rank)
    var result: [Float] = []
    result.reserveCapacity(length)
    for (sender, bytes) in try allGather(own.withUnsafeBytes { Data($0) }).enumerated() {
      guard bytes.count == slice(sender).count * 4 else { throw LeafTree.cut(sender) }
      bytes.withUnsafeBytes { raw in
        for place in 0..<bytes.count / 4 { result.append(raw.loadUnaligned(fromByteOffset: place * 4, as: Float.self)) }
      }
    }
    return (result, outlines.map(\.note))
  }

  /// The length of the vectors that all have, where every leaf is on one rank; every rank comes to the same.
  private func length(of outlines: [LeafTree.Outline], count: Int) throws(CommunicatorError) -> Int {
    var whole = LeafTree(count: count)
    var length: Int?
    for (sender, outline) in outlines.enumerated() where !outline.nodes.isEmpty {
      if let length, length != outline.length {
        throw .malformedMessage(
          sender: sender, reason: "vectors of \(length) and \(outline.length) numbers are not added")
      }
      length = outline.length
      for node in outline.nodes { try whole.add([], at: node, from: sender) }
    }
    _ = try whole.root(rank)
    return length ?? 0
  }
}
