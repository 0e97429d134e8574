import Foundation

/// Sums of numbered vectors, the leaves of a binary tree over their numbers, added up as far as the leaves that are there allow.
///
/// A node's sum is that of its left half and its right half, whichever comes first; so no more vectors are kept than the tree
/// is deep if leaves come in order.
package struct LeafTree {
  /// A node: the sum of the leaves from `index << level` on, `1 << level` of them or as many as there are.
  package struct Node: Hashable, Comparable {
    /// 0 for a leaf.
    var level: Int
    /// Its place in the level.
    var index: Int

    /// The leaf of a number.
    package static func leaf(_ number: Int) -> Node { Node(level: 0, index: number) }

    /// Lower levels first.
    package static func < (a: Node, b: Node) -> Bool { (a.level, a.index) < (b.level, b.index) }

    fileprivate var parent: Node { Node(level: level + 1, index: index / 2) }
  }

  /// How many leaves there are on all ranks.
  package let count: Int
  private let depth: Int
  private var sums: [Node: [Float]] = [:]

  /// A tree without leaves yet.
  ///
  /// - Parameter count: How many there will be; at least 1.
  package init(count: Int) {
    precondition(count >= 1, "there is at least one vector")
    self.count = count
    depth = Self.depth(of: count)
  }

  /// The levels above the leaves.
  static func depth(of count: Int) -> Int {
    var depth = 0
    while 1 << depth < count { depth += 1 }
    return depth
  }

  /// Adds a leaf or a sum of several.
  ///
  /// - Parameters:
  ///   - vector: As long as all others.
  ///   - node: Its place.
  ///   - sender: The rank that it is from, for errors.
  /// - Throws: `CommunicatorError.malformedMessage` for one that is there, has no place or is of another length.
  package mutating func add(_ vector: [Float], at node: Node, from sender: Int) throws(CommunicatorError) {
    func malformed(_ reason: String) -> CommunicatorError { .malformedMessage(sender: sender, reason: reason) }
    guard 0...depth ~= node.level, 0..<count ~= node.index, node.index << node.level < count else {
      throw malformed("vector \(node.index) of \(count) is not there")
    }
    if let other = sums.first, other.value.count != vector.count {
      throw malformed("vectors of \(other.value.count) and \(vector.count) numbers are not added")
    }
    var above = node
    while true {
      guard sums[above] == nil else { throw malformed("vector \(node.index << node.level) is there twice") }
      guard above.level < depth else { break }
      above = above.parent
    }
    var (node, sum) = (node, vector)
    while node.level < depth {
      let sibling = Node(level: node.level, index: node.index ^ 1)
      if sibling.index << sibling.level < count {
        guard let other = sums.removeValue(forKey: sibling) else { break }
        // The order of two does not matter.
        Self.add(other, to: &sum)
      }
      node = node.parent
    }
    sums[node] = sum
  }

  /// The sum of all leaves.
  ///
  /// - Throws: `CommunicatorError.malformedMessage` where some are missing.
  func root(_ rank: Int) throws(CommunicatorError) -> [Float] {
    guard sums.count == 1, let sum = sums[Node(level: depth, index: 0)] else {
      throw .malformedMessage(sender: rank, reason: "of \(count) vectors not each is on one rank")
    }
    return sum
  }

  private static func add(_ other: [Float], to sum: inout [Float]) {
    sum.withUnsafeMutableBufferPointer { sum in
      other.withUnsafeBufferPointer { other in
        for place in 0..<min(sum.count, other.count) { sum[place] += other[place] }
      }
    }
  }
}

// MARK: - As bytes, all little-endian

extension LeafTree {
  /// Which nodes a rank has, and how long they are.
  struct Outline {
    let length: Int
    let nodes: [Node]
    /// What else the rank had to say.
    let note: Data

    /// - Throws: `CommunicatorError.malformedMessage`.
    init(_ bytes: Data, from sender: Int) throws(CommunicatorError) {
      guard bytes.count >= 16 else { throw LeafTree.cut(sender) }
      func number(_ place: Int) -> Int {
        bytes.withUnsafeBytes { Int(truncatingIfNeeded: $0.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self)) }
      }
      let count = number(1)
      guard number(0) >= 0, count >= 0, count <= (bytes.count - 16) / 16 else { throw LeafTree.cut(sender) }
      length = number(0)
      nodes = (0..<count).map { Node(level: number(2 + 2 * $0), index: number(3 + 2 * $0)) }
      note = Data(bytes.dropFirst(16 + 16 * count))
    }
  }

  private var nodes: [Node] { sums.keys.sorted() }

  /// The length of the sums, how many there are, the level and index of each, and the note.
  func outline(note: Data) -> Data {
    let nodes = nodes
    var data = Data()
    for number in [sums.first?.value.count ?? 0, nodes.count] + nodes.flatMap({ [$0.level, $0.index] }) {
      withUnsafeBytes(of: UInt64(number).littleEndian) { data.append(contentsOf: $0) }
    }
    return data + note
  }

  /// The same slice of each sum.
  func bytes(_ slice: Range<Int>) -> Data {
    var data = Data()
    for node in nodes {
      sums[node]?.withUnsafeBytes { data.append(contentsOf: $0[slice.lowerBound * 4..<slice.upperBound * 4]) }
    }
    return data
  }

  /// Adds such slices.
  mutating func add(
    _ bytes: Data, of nodes: [Node], length: Int, from sender: Int
  ) throws(CommunicatorError) {
    guard bytes.count == nodes.count * length * 4 else { throw Self.cut(sender) }
    for (place, node) in nodes.enumerated() {
      let vector = bytes.withUnsafeBytes { raw in
        (0..<length).map { raw.loadUnaligned(fromByteOffset: (place * length + $0) * 4, as: Float.self) }
      }
      try add(vector, at: node, from: sender)
    }
  }

  static func cut(_ sender: Int) -> CommunicatorError {
    .malformedMessage(sender: sender, reason: "a vector is cut off")
  }
}
