import Foundation

extension Communicator {
  /// Adds up vectors that are numbered, in an order that depends on the numbers alone: the same bits on every rank, and
  /// whatever the number of ranks.
  ///
  /// Vectors are the leaves of a binary tree over their numbers: a node is the sum of its left half and its right half. A rank
  /// adds up whatever subtrees it has whole, and only their sums travel; with consecutive numbers on a rank these are few.
  ///
  /// - Parameters:
  ///   - own: The vectors of this rank by number, all of one length; every number is on one rank.
  ///   - count: How many vectors all ranks have together, numbered from 0; at least 1.
  /// - Returns: the sum, with the length of the vectors.
  /// - Throws: `CommunicatorError`; `.malformedMessage` where a number is missing or twice there, or lengths differ.
  public func sum(_ own: [Int: [Float]], of count: Int) throws(CommunicatorError) -> [Float] {
    var tree = LeafTree(count: count)
    for (number, vector) in own { try tree.add(vector, at: LeafTree.Node(level: 0, index: number), from: rank) }
    tree.fold()
    for (sender, bytes) in try allGather(tree.bytes).enumerated() where sender != rank {
      try tree.add(bytes, from: sender)
    }
    tree.fold()
    return try tree.root(rank)
  }
}

/// The nodes of a tree of sums that are known.
private struct LeafTree {
  /// The sum of the leaves from `index << level` on, `1 << level` of them or as many as there are.
  struct Node: Hashable, Comparable {
    var level: Int
    var index: Int

    static func < (a: Node, b: Node) -> Bool { (a.level, a.index) < (b.level, b.index) }
  }

  let count: Int
  private var sums: [Node: [Float]] = [:]
  private var depth: Int {
    var depth = 0
    while 1 << depth < count { depth += 1 }
    return depth
  }

  init(count: Int) {
    precondition(count >= 1, "there is at least one vector")
    self.count = count
  }

  mutating func add(_ vector: [Float], at node: Node, from sender: Int) throws(CommunicatorError) {
    func malformed(_ reason: String) -> CommunicatorError { .malformedMessage(sender: sender, reason: reason) }
    guard 0...depth ~= node.level, 0..<count ~= node.index, node.index << node.level < count else {
      throw malformed("vector \(node.index) of \(count) is not there")
    }
    if let other = sums.first, other.value.count != vector.count {
      throw malformed("vectors of \(other.value.count) and \(vector.count) numbers are not added")
    }
    guard sums.updateValue(vector, forKey: node) == nil else {
      throw malformed("vector \(node.index << node.level) is there twice")
    }
  }

  /// Adds up what can be.
  mutating func fold() {
    for level in 0..<depth {
      for node in sums.keys.filter({ $0.level == level }).sorted() where node.index.isMultiple(of: 2) {
        let sibling = Node(level: level, index: node.index + 1)
        let hasSibling = sibling.index << level < count
        let parent = Node(level: level + 1, index: node.index / 2)
        // A parent that is there already has a leaf of these from another rank: it stays as it is, and too much is left.
        guard let left = sums[node], !hasSibling || sums[sibling] != nil, sums[parent] == nil else { continue }
        let right = sums.removeValue(forKey: sibling)
        sums[node] = nil
        sums[parent] = right.map { zip(left, $0).map { $0 + $1 } } ?? left
      }
    }
  }

  func root(_ rank: Int) throws(CommunicatorError) -> [Float] {
    guard sums.count == 1, let sum = sums[Node(level: depth, index: 0)] else {
      throw .malformedMessage(sender: rank, reason: "of \(count) vectors not each is on one rank")
    }
    return sum
  }

  // MARK: As bytes: level, index and length of a node, then its floats; all little-endian

  var bytes: Data {
    var data = Data()
    for (node, vector) in sums.sorted(by: { $0.key < $1.key }) {
      for number in [node.level, node.index, vector.count] {
        withUnsafeBytes(of: UInt64(number).littleEndian) { data.append(contentsOf: $0) }
      }
      vector.withUnsafeBytes { data.append(contentsOf: $0) }
    }
    return data
  }

  mutating func add(_ bytes: Data, from sender: Int) throws(CommunicatorError) {
    var rest = bytes[...]
    func cut() -> CommunicatorError { .malformedMessage(sender: sender, reason: "a vector is cut off") }
    while !rest.isEmpty {
      guard rest.count >= 24 else { throw cut() }
      let head = rest.prefix(24).withUnsafeBytes { raw in
        (0..<3).map { Int(truncatingIfNeeded: raw.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
      }
      rest = rest.dropFirst(24)
      guard head[2] >= 0, head[2] <= rest.count / 4 else { throw cut() }
      let vector = rest.prefix(head[2] * 4).withUnsafeBytes { raw in
        (0..<head[2]).map { raw.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
      }
      rest = rest.dropFirst(head[2] * 4)
      try add(vector, at: Node(level: head[0], index: head[1]), from: sender)
    }
  }
}
