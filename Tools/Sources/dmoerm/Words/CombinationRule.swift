import ArgumentParser
@_spi(Command) import DMoERM

/// A rule by its word; the weight of the variance is that of Coste et al. (2310.02743), 0.5, that of the deviation 1.
struct CombinationRule: ExpressibleByArgument {
  private static let words: KeyValuePairs<String, RewardCombination> = [
    "mean": .mean, "worst-case": .worstCase, "uncertainty": .uncertaintyWeighted(lambda: 0.5),
    "mean-minus-deviation": .meanLessDeviation(lambda: 1),
  ]

  var rule: RewardCombination

  init?(argument: String) {
    guard let rule = Self.words.first(where: { $0.key == argument })?.value else { return nil }
    self.rule = rule
  }

  static var allValueStrings: [String] { words.map(\.key) }
}
