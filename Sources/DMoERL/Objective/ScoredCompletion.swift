/// A completion as an objective sees it: numbers for every token that was sampled. All arrays have the same length, but
/// those that are not needed may be empty.
public struct ScoredCompletion: Sendable, Equatable {
  /// log π of every token under the policy as it is now, in nats.
  public var logProbabilities: [Float]
  /// log π of every token under the policy that sampled them.
  public var oldLogProbabilities: [Float]
  /// log π of every token under the reference; empty if there is no penalty, or an exact one.
  public var referenceLogProbabilities: [Float] = []
  /// The exact divergence from the reference at every token; empty unless it is asked for.
  public var divergences: [Float] = []
  /// The entropy of the policy at every token; empty if there is no bonus.
  public var entropies: [Float] = []
  /// The advantage of every token; `nil` leaves the completion out.
  public var advantages: [Double]?
  /// Whether it ended because it was too long.
  public var isTruncated = false

  /// A completion whose tokens all have one advantage.
  public init(logProbabilities: [Float], oldLogProbabilities: [Float], advantage: Double?) {
    self.logProbabilities = logProbabilities
    self.oldLogProbabilities = oldLogProbabilities
    advantages = advantage.map { Array(repeating: $0, count: logProbabilities.count) }
  }
}
