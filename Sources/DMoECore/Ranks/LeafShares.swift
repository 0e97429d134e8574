/// Which of the numbered leaves of a sum each rank makes: consecutive ones, about as many on each.
///
/// Where single leaves would leave a rank with many subtrees to send, it gets whole subtrees instead: on the mean a rank sends
/// at most twice the length of a vector.
package struct LeafShares {
  /// How many leaves there are.
  package let count: Int
  /// How many ranks.
  package let ranks: Int
  /// Leaves are dealt out in subtrees of this level.
  private let level: Int

  /// The shares of so many leaves among ranks; at least one of each.
  package init(count: Int, ranks: Int) {
    precondition(count >= 1 && ranks >= 1, "\(count) leaves on \(ranks) ranks")
    self.count = count
    self.ranks = ranks
    // Of each subtree's sum a rank sends all but its own slice, and then its slice of the whole sum to all others.
    level =
      (0...LeafTree.depth(of: count)).first { level in
        (ranks - 1) * (Self.nodes(level, count, ranks) + ranks) <= 2 * ranks * ranks
      } ?? 0
  }

  /// The numbers of a rank's leaves.
  package subscript(rank: Int) -> Range<Int> { Self.share(rank, level, count, ranks) }

  /// The most leaves that a rank has: what a step takes the time of.
  package var largest: Int { (0..<ranks).map { self[$0].count }.max() ?? 0 }

  /// The lengths of a vector that a rank sends on the mean, of both ways together.
  package var traffic: Double {
    Double((ranks - 1) * (Self.nodes(level, count, ranks) + ranks)) / Double(ranks * ranks)
  }

  private static func share(_ rank: Int, _ level: Int, _ count: Int, _ ranks: Int) -> Range<Int> {
    let units = (count + (1 << level) - 1) >> level
    func first(_ rank: Int) -> Int { min(count, (rank * units / ranks) << level) }
    return first(rank)..<first(rank + 1)
  }

  /// The subtrees that ranks have whole, all together.
  private static func nodes(_ level: Int, _ count: Int, _ ranks: Int) -> Int {
    let width = 1 << LeafTree.depth(of: count)
    return (0..<ranks).reduce(0) { nodes, rank in
      let share = share(rank, level, count, ranks)
      var (first, found) = (share.lowerBound, 0)
      // What is missing of the last subtree is no leaf.
      let end = share.upperBound == count && !share.isEmpty ? width : share.upperBound
      while first < end {
        var size = first == 0 ? width : first & -first
        while size > end - first { size /= 2 }
        first += size
        found += 1
      }
      return nodes + found
    }
  }
}
