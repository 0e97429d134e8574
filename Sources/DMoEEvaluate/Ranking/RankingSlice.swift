public import DMoEData

/// The ranking accuracy on one part of the samples.
public struct RankingSlice: Sendable, Hashable, Codable {
  /// The name of the part: "overall", a category, source or language, or "category/point".
  public let name: String
  /// The share of pairs whose chosen response has the greater reward; equal rewards count one half. Its interval, as those of
  /// the other shares, is by prompts.
  public let accuracy: Proportion
  /// The number of pairs whose responses have equal rewards.
  public let tiedRewards: Int
  /// The same by the reward of the sample's capability expert; nil where there is none.
  public let expertAccuracy: Proportion?
  /// How often the other experts of the category are right about the same pairs, on average: what an expert knows that is of its
  /// point alone is the difference of `expertAccuracy` to this; nil where there is no other, or what it says is not known.
  public let othersAccuracy: Proportion?
  /// The accuracy of always choosing the longer response (in characters) of the same pairs; equal counts one half.
  public let longerReply: Proportion
  /// `accuracy` on the pairs whose chosen response is the shorter one: what length alone gets wrong.
  public let shorterChosen: Proportion
  /// Mean of chosen minus rejected reward; nil without pairs.
  public let meanMargin: Double?
  /// Mean of −log σ((chosen − rejected) / temperature), in nats; nil without pairs.
  public let meanLoss: Double?

  /// The number of pairs, each of two responses of different rank.
  public var pairs: Int { accuracy.total }

  /// Accuracy above that of the longer reply, in −1 ... 1; nil without pairs.
  public var difference: Double? {
    guard let value = accuracy.value, let longer = longerReply.value else { return nil }
    return value - longer
  }
}
