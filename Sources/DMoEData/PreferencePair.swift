/// A preference between two responses of one sample, by their indices.
public struct PreferencePair: Sendable, Hashable {
  /// The index of the better response.
  public let chosen: Int
  /// The index of the worse response.
  public let rejected: Int
  /// The number of ranks by which they differ; at least 1.
  public let rankDifference: Int

  /// A pair of two different responses.
  public init(chosen: Int, rejected: Int, rankDifference: Int = 1) {
    precondition(chosen != rejected && rankDifference >= 1, "PreferencePair: \(chosen), \(rejected), \(rankDifference)")
    self.chosen = chosen
    self.rejected = rejected
    self.rankDifference = rankDifference
  }
}
