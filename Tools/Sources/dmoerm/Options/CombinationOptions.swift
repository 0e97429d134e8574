import ArgumentParser
import DMoERM

/// How experts' own rewards become one.
struct CombinationOptions: ParsableArguments {
  enum Rule: String, ExpressibleByArgument, CaseIterable {
    case mean
    case worstCase = "worst-case"
    case uncertainty
  }

  @Option(
    help: ArgumentHelp(
      "How the experts' own rewards become one: mean, worst-case or uncertainty (mean - lambda x variance).",
      discussion: """
        Default: as the bundle says; of a trained mixture the aggregator over their states; of a new ensemble worst-case.
        """,
      valueName: "rule"))
  var combine: Rule?
  @Option(parsing: .unconditional, help: "The weight of the variance under --combine uncertainty. Default: 0.5.")
  var lambda: Float?

  func validate() throws {
    if lambda != nil, combine != .uncertainty { throw ValidationError("--lambda is for --combine uncertainty") }
    if let lambda, !(lambda >= 0 && lambda.isFinite) { throw ValidationError("--lambda must be a number of 0 or more") }
  }

  var rule: RewardCombination? {
    switch combine {
    case nil: nil
    case .mean: .mean
    case .worstCase: .worstCase
    case .uncertainty: .uncertaintyWeighted(lambda: lambda ?? 0.5)
    }
  }
}
