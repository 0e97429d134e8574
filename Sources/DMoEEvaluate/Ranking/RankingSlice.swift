import DMoECore
public import DMoEData

/// The ranking accuracy on one part of the samples.
public struct RankingSlice: Sendable, Hashable, Codable {
  /// The name of the part: "overall", a category, source or language, or "category/point".
  public let name: String
  /// The share of pairs whose chosen response has the greater reward; equal rewards count one half.
  public let accuracy: Proportion
  /// Pairs of equal reward.
  public let tiedRewards: Int
  /// The same by the reward of the sample's capability expert; nil where there is none.
  public let expertAccuracy: Proportion?
  /// The accuracy of always choosing the longer response (in characters) of the same pairs; equal counts one half.
  public let longerReply: Proportion
  /// `accuracy` on the pairs whose chosen response is the shorter one: what length alone gets wrong.
  public let shorterChosen: Proportion
  /// Mean of chosen minus rejected reward; nil without pairs.
  public let meanMargin: Double?
  /// Mean of −log σ((chosen − rejected) / temperature), in nats; nil without pairs.
  public let meanLoss: Double?

  /// Pairs of different rank.
  public var pairs: Int { accuracy.total }

  /// Accuracy above that of the longer reply, in −1 ... 1; nil without pairs.
  public var difference: Double? {
    guard let value = accuracy.value, let longer = longerReply.value else { return nil }
    return value - longer
  }
}

/// The sums that make a slice.
struct RankingTally {
  /// What the model divides differences by to give a probability.
  let temperature: Double
  private var pairs = 0
  private var credit = 0.0
  private var tied = 0
  private var expertPairs = 0
  private var expertCredit = 0.0
  private var longerCredit = 0.0
  private var shorterPairs = 0
  private var shorterCredit = 0.0
  private var marginSum = 0.0
  private var lossSum = 0.0

  init(temperature: Double) { self.temperature = temperature }

  mutating func add(_ pair: ScoredPair) {
    pairs += 1
    credit += pair.credit
    if pair.difference == 0 { tied += 1 }
    longerCredit += ScoredPair.credit(Double(pair.lengthDifference))
    if pair.lengthDifference < 0 {
      shorterPairs += 1
      shorterCredit += pair.credit
    }
    marginSum += pair.difference
    lossSum += Logistic.softplus(-pair.difference / temperature)
    if let expert = pair.expertDifference {
      expertPairs += 1
      expertCredit += ScoredPair.credit(expert)
    }
  }

  func slice(_ name: String) -> RankingSlice {
    RankingSlice(
      name: name, accuracy: Proportion(successes: credit, total: pairs), tiedRewards: tied,
      expertAccuracy: expertPairs > 0 ? Proportion(successes: expertCredit, total: expertPairs) : nil,
      longerReply: Proportion(successes: longerCredit, total: pairs),
      shorterChosen: Proportion(successes: shorterCredit, total: shorterPairs),
      meanMargin: pairs > 0 ? marginSum / Double(pairs) : nil, meanLoss: pairs > 0 ? lossSum / Double(pairs) : nil)
  }
}

/// One pair of different rank with what the rewards say of it; differences are chosen minus rejected.
package struct ScoredPair {
  var difference: Double
  var expertDifference: Double?
  /// In characters.
  var lengthDifference: Int

  var credit: Double { Self.credit(difference) }

  /// The credit for a difference of rewards: 1 right, 0 wrong, 0.5 equal rewards.
  package static func credit(_ difference: Double) -> Double { difference > 0 ? 1 : difference == 0 ? 0.5 : 0 }
}
