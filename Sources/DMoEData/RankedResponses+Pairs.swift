extension RankedResponses {
  /// Every two responses of different rank by their indices, with the number of ranks by which they differ; the smaller
  /// rank is chosen. Tied responses form no pair.
  ///
  /// The order is that of the responses: (0, 1), (0, 2), ..., (1, 2), ..., whichever of the two is chosen.
  public var pairs: [(chosen: Int, rejected: Int, rankDifference: Int)] {
    var pairs: [(chosen: Int, rejected: Int, rankDifference: Int)] = []
    for first in ranks.indices {
      for second in ranks.indices.dropFirst(first + 1) where ranks[first] != ranks[second] {
        let better = ranks[first] < ranks[second]
        pairs.append(
          (
            chosen: better ? first : second, rejected: better ? second : first,
            rankDifference: abs(ranks[first] - ranks[second])
          ))
      }
    }
    return pairs
  }

  /// Every two responses of equal rank, by their indices, the smaller index first.
  public var tiedPairs: [(first: Int, second: Int)] {
    var pairs: [(first: Int, second: Int)] = []
    for first in ranks.indices {
      for second in ranks.indices.dropFirst(first + 1) where ranks[first] == ranks[second] {
        pairs.append((first, second))
      }
    }
    return pairs
  }
}
