/// A sum over the samples of one or several passes: what they cost, and what came out right.
package struct PassResult: Sendable, Equatable {
  /// The sum of the samples' losses, each times its weight.
  package var loss = 0.0
  /// What regularization adds to the loss; `nil` without one.
  package var regularization: Double?
  /// The sum of the samples' weights.
  package var weight = 0.0
  /// How many of `pairs` came out right; an even one counts half.
  package var correct = 0.0
  /// Pairs that have a right order, or texts that were classified.
  package var pairs = 0
  /// The sum of chosen minus rejected reward over `pairs`; 0 where there are no rewards.
  package var margin = 0.0
  /// The sum of all rewards.
  package var rewards = 0.0
  /// How many rewards that are.
  package var rewardCount = 0
  /// Tokens read.
  package var tokens = 0

  /// Nothing yet.
  package init() {}

  /// Adds up two sums.
  package static func += (a: inout PassResult, b: PassResult) {
    a.loss += b.loss
    if let more = b.regularization { a.regularization = (a.regularization ?? 0) + more }
    a.weight += b.weight
    a.correct += b.correct
    a.pairs += b.pairs
    a.margin += b.margin
    a.rewards += b.rewards
    a.rewardCount += b.rewardCount
    a.tokens += b.tokens
  }

  /// The weighted mean of the losses; 0 of nothing.
  package var meanLoss: Double { weight > 0 ? loss / weight : 0 }
  /// The share that came out right; 0 of nothing.
  package var accuracy: Double { pairs > 0 ? correct / Double(pairs) : 0 }
}
