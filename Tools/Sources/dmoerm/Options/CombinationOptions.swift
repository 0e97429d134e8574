import ArgumentParser
@_spi(Command) import DMoERM

/// How experts' own rewards become one.
struct CombinationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      How the experts' own rewards become one: mean, worst-case, uncertainty (mean - lambda x variance) or \
      mean-minus-deviation (mean - lambda x deviation).
      """,
      discussion: """
        Default: as the bundle says; of a trained mixture the aggregator over their states; of a new ensemble worst-case.
        """,
      valueName: "rule"))
  var combine: CombinationRule?
  @Option(
    parsing: .unconditional,
    help: "The weight under --combine uncertainty (default: 0.5) or mean-minus-deviation (1).")
  var lambda: Float?

  func validate() throws {
    guard let lambda else { return }
    guard combine?.rule.weighted(by: lambda) != nil else {
      throw ValidationError("--lambda is for --combine uncertainty and mean-minus-deviation")
    }
    guard lambda >= 0, lambda.isFinite else { throw ValidationError("--lambda must be a number of 0 or more") }
  }

  var rule: RewardCombination? {
    lambda.flatMap { combine?.rule.weighted(by: $0) } ?? combine?.rule
  }
}

extension RewardCombination {
  /// The same rule with another weight; nil if it has none.
  fileprivate func weighted(by lambda: Float) -> RewardCombination? {
    switch self {
    case .uncertaintyWeighted: .uncertaintyWeighted(lambda: lambda)
    case .meanLessDeviation: .meanLessDeviation(lambda: lambda)
    case .mean, .worstCase: nil
    }
  }
}
