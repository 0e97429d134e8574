/// The correlation of rewards with the length of the responses.
public struct LengthCorrelation: Sendable, Hashable, Codable {
  /// Pearson's correlation of the values, in −1 ... 1; nil if one side does not vary.
  public let pearson: Double?
  /// Spearman's correlation of the ranks, ties by their mean rank; nil if one side does not vary.
  public let spearman: Double?
  /// The number of responses.
  public let responses: Int

  /// The correlation of rewards and lengths.
  ///
  /// - Parameters:
  ///   - rewards: Finite, one a response.
  ///   - lengths: In characters, one a response.
  public init(rewards: [Double], lengths: [Int]) {
    precondition(
      rewards.count == lengths.count, "LengthCorrelation: \(rewards.count) rewards, \(lengths.count) lengths")
    let lengths = lengths.map(Double.init)
    responses = rewards.count
    pearson = Correlation.pearson(rewards, lengths)
    spearman = Correlation.spearman(rewards, lengths)
  }
}
