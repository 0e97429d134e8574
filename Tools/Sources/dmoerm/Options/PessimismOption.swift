import ArgumentParser
@_spi(Command) import DMoERM

/// Whether a reward model judges a policy's texts by what its experts agree on.
struct PessimismOption: ParsableArguments {
  enum Pessimism: String, ExpressibleByArgument, CaseIterable {
    case worstCase = "worst-case"
    case meanMinusDeviation = "mean-minus-deviation"

    var rule: RewardCombination {
      switch self {
      case .worstCase: .worstCase
      case .meanMinusDeviation: .meanLessDeviation(lambda: 1)
      }
    }
  }

  @Option(
    help: ArgumentHelp(
      "Judge by the experts' own rewards: the least of them, or their mean less their deviation.",
      discussion: """
        What one expert or member finds bad is not made good by the others, so that a policy gains less from the faults of \
        one. Needs a mixture with experts or an ensemble. Default: as the bundle says.
        """,
      valueName: "rule"))
  var pessimism: Pessimism?

  /// The model as the option has it judge.
  ///
  /// - Throws: `Failure` for a model without experts.
  func apply(to model: RewardModel, name: String) throws -> RewardModel {
    try pessimism.map { try model.combining(by: $0.rule, option: "--pessimism", name: name) } ?? model
  }
}
