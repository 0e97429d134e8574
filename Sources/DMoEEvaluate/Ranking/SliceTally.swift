import DMoECore
import DMoEData

/// The sums that make a slice.
struct SliceTally {
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
