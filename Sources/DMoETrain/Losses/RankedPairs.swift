/// The pairs that the loss of one ranking is made of: places of responses, without their texts.
struct RankedPairs: Sendable, Equatable {
  /// Two responses of which the first is said to be the better one.
  struct Pair: Sendable, Equatable {
    let chosen: Int
    let rejected: Int
    /// The probability that the chosen response is the better one.
    let probability: Double
    /// What lengths alone say for the chosen response, added to the difference of the rewards in the loss (`LengthBias`).
    var offset = 0.0
  }

  var pairs: [Pair]
  /// How many responses the ranking has.
  let responseCount: Int
  /// How far apart its responses are said to be.
  let margin: Double
  /// What it counts for in a batch.
  let weight: Double

  init(_ pairs: [Pair], responseCount: Int, margin: Double = 0, weight: Double = 1) {
    self.pairs = pairs
    self.responseCount = responseCount
    self.margin = margin
    self.weight = weight
  }

  /// What each pair counts for: those of one ranking together its weight.
  var pairWeight: Double { weight / Double(pairs.count) }
}
