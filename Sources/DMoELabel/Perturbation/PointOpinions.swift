import DMoEData

/// What rows say of responses at capability points, to compare with what the rules take for granted.
struct PointOpinions: Sendable {
  private struct Place: Hashable {
    let conversation: Conversation
    let capability: String
  }

  private let samples: [Place: [RankedResponses]]

  init(_ samples: [RankedResponses]) {
    self.samples = Dictionary(
      grouping: samples.filter { $0.capability != nil && $0.weight > 0 },
      by: { Place(conversation: $0.conversation, capability: $0.capability ?? "") })
  }

  /// How often the response that was damaged is best at the pair's points, by rankings that have it and were made at
  /// the point itself; a tie counts one half.
  ///
  /// Only where the response was taken for good as a whole does this say anything.
  func agreement(with pair: PerturbedPair) -> Proportion {
    guard pair.row.capability == nil else { return Proportion(successes: 0, total: 0) }
    var successes = 0.0
    var total = 0
    for point in pair.points {
      for sample in samples[Place(conversation: pair.row.conversation, capability: point)] ?? [] {
        guard let place = sample.responses.firstIndex(of: pair.row.response), let best = sample.ranks.min() else {
          continue
        }
        total += 1
        guard sample.ranks[place] == best else { continue }
        successes += sample.ranks.count { $0 == best } == 1 ? 1 : 0.5
      }
    }
    return Proportion(successes: successes, total: total)
  }
}
