import ArgumentParser
@_spi(Command) import DMoERM

/// How experts' own rewards become one.
struct CombinationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How the experts' own rewards become one: mean, worst-case or uncertainty (mean - lambda x variance).",
      discussion: """
        Default: as the bundle says; of a trained mixture the aggregator over their states; of a new ensemble worst-case.
        """,
      valueName: "rule"))
  var combine: CombinationRule?
  @Option(parsing: .unconditional, help: "The weight of the variance under --combine uncertainty. Default: 0.5.")
  var lambda: Float?

  func validate() throws {
    guard let lambda else { return }
    guard case .uncertaintyWeighted = combine?.rule else {
      throw ValidationError("--lambda is for --combine uncertainty")
    }
    guard lambda >= 0, lambda.isFinite else { throw ValidationError("--lambda must be a number of 0 or more") }
  }

  var rule: RewardCombination? {
    guard case .uncertaintyWeighted = combine?.rule, let lambda else { return combine?.rule }
    return .uncertaintyWeighted(lambda: lambda)
  }
}
