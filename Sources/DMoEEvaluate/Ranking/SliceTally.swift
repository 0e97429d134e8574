import DMoECore
import DMoEData

/// The sums that make a slice; pairs of one prompt are drawn together.
struct SliceTally {
  /// What the model divides differences by to give a probability.
  let temperature: Double
  private var accuracy = GroupedShare()
  private var tied = 0
  private var expert = GroupedShare()
  private var others = GroupedShare()
  private var longer = GroupedShare()
  private var shorterChosen = GroupedShare()
  private var marginSum = 0.0
  private var lossSum = 0.0

  init(temperature: Double) { self.temperature = temperature }

  mutating func add(_ pair: ScoredPair) {
    accuracy.add(pair.credit, group: pair.prompt)
    if pair.difference == 0 { tied += 1 }
    longer.add(ScoredPair.credit(Double(pair.lengthDifference)), group: pair.prompt)
    if pair.lengthDifference < 0 { shorterChosen.add(pair.credit, group: pair.prompt) }
    marginSum += pair.difference
    lossSum += Logistic.softplus(-pair.difference / temperature)
    if let difference = pair.expertDifference { expert.add(ScoredPair.credit(difference), group: pair.prompt) }
    if let credit = pair.othersCredit { others.add(credit, group: pair.prompt) }
  }

  func slice(_ name: String) -> RankingSlice {
    let pairs = Double(accuracy.count)
    return RankingSlice(
      name: name, accuracy: accuracy.proportion, tiedRewards: tied,
      expertAccuracy: expert.count > 0 ? expert.proportion : nil,
      othersAccuracy: others.count > 0 ? others.proportion : nil, longerReply: longer.proportion,
      shorterChosen: shorterChosen.proportion, meanMargin: pairs > 0 ? marginSum / pairs : nil,
      meanLoss: pairs > 0 ? lossSum / pairs : nil)
  }
}
