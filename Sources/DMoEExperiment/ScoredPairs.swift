import DMoEData

/// The pairs of a set's samples, in a fixed order, so that several models can be compared pair by pair.
struct ScoredPairs {
  struct Pair {
    let sample: Int
    let chosen: Int
    let rejected: Int
    /// The prompt, numbered.
    let group: Int
    /// Characters of chosen minus those of rejected.
    let lengthDifference: Int
  }

  let samples: [RankedResponses]
  let pairs: [Pair]

  /// - Parameter capability: Whether pairs of capability labels are meant, or those of overall preferences.
  init(_ samples: [RankedResponses], capability: Bool = false) {
    self.samples = samples
    var groups: [Conversation: Int] = [:]
    pairs = samples.indices.flatMap { index -> [Pair] in
      let sample = samples[index]
      guard (sample.capability != nil) == capability else { return [] }
      let group = groups[sample.conversation] ?? groups.count
      groups[sample.conversation] = group
      let lengths = sample.responses.map(\.count)
      return sample.pairs.map {
        Pair(
          sample: index, chosen: $0.chosen, rejected: $0.rejected, group: group,
          lengthDifference: lengths[$0.chosen] - lengths[$0.rejected])
      }
    }
  }

  /// Chosen minus rejected by pair; nil where the sample has no rewards.
  func differences(_ rewards: [[Float]?]) -> [Double?] {
    pairs.map { pair in
      rewards[pair.sample].map { Double($0[pair.chosen]) - Double($0[pair.rejected]) }
    }
  }
}
