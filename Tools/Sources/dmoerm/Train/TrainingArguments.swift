import ArgumentParser
@_spi(Command) import DMoERM

/// The options that change how the phases train.
struct TrainingArguments: ParsableArguments {
  @Option(parsing: .unconditional, help: "Draws initial weights, splits and orders.") var seed: UInt64?
  @Option(help: "What a base is trained as: adapter, or full (the paper).") var fineTuning: FineTuning?
  @Option(help: "Where bases of several categories start: own, shared-head or shared-base (one of all categories).")
  var baseStart: BaseStart?
  @Option(parsing: .unconditional, help: "Learning rate of bases and experts.") var learningRate: Double?
  @Option(parsing: .unconditional, help: "Passes over the data of bases and experts.") var epochs: Double?
  @Option(parsing: .unconditional, help: "Samples a step of bases, experts and aggregators.") var batchSize: Int?
  @Option(parsing: .unconditional, help: "Learning rate of experts.") var expertLearningRate: Double?
  @Option(parsing: .unconditional, help: "Passes over the data of experts.") var expertEpochs: Double?
  @Option(parsing: .unconditional, help: "Samples a step of experts.") var expertBatchSize: Int?
  @Option(parsing: .unconditional, help: "Learning rate of aggregators.") var aggregatorLearningRate: Double?
  @Option(parsing: .unconditional, help: "Passes over the data of aggregators.") var aggregatorEpochs: Double?
  @Option(parsing: .unconditional, help: "Samples a step of aggregators.") var aggregatorBatchSize: Int?
  @Option(parsing: .unconditional, help: "Share of prompts for bases and experts; the rest is the aggregators'.")
  var baseFraction: Double?
  @Option(parsing: .unconditional, help: "Share of prompts kept for validation in each phase.")
  var validationFraction: Double?
  @Option(parsing: .unconditional, help: "Share of labels believed to be wrong.") var labelSmoothing: Double?
  @Option(parsing: .unconditional, help: "Scales the samples' margins in the loss; 0 ignores them.") var margin: Double?
  @Option(parsing: .unconditional, help: "Weight of the squared sum of rewards, which keeps them near 0.")
  var centering: Double?
  @Option(parsing: .unconditional, help: "Weight of the squared sum of all rewards of a step.") var batchSum: Double?
  @Option(parsing: .unconditional, help: "Weight of predicting the better response's tokens, in nats a token.")
  var languageModel: Double?
  @Option(parsing: .unconditional, help: "Share of a state that value heads do not see while they train.")
  var headDropout: Float?
  @Flag(help: "Rewards learn what lengths leave unexplained.") var debiasLength = false
  @Option(help: "What tied responses do: skip, or half (pulled together).") var ties: Ties?
  @Option(
    help: """
      Samples without a category: drop, route:P (the router's if it is at least P sure), or category:NAME (they are that \
      one, which is made if it is missing).
      """)
  var unlabelled: Unlabelled?

  enum FineTuning: String, ExpressibleByArgument, CaseIterable { case adapter, full }
  enum BaseStart: String, ExpressibleByArgument, CaseIterable {
    case own
    case sharedHead = "shared-head"
    case sharedBase = "shared-base"

    var value: TrainingConfiguration.BaseStart {
      switch self {
      case .own: .own
      case .sharedHead: .sharedHead
      case .sharedBase: .sharedBase
      }
    }
  }
  enum Ties: String, ExpressibleByArgument, CaseIterable { case skip, half }

  /// "drop", "route", "route:0.7" or "category:general".
  struct Unlabelled: ExpressibleByArgument, Equatable {
    var policy: TrainingConfiguration.Unlabelled

    init?(argument: String) {
      let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
      switch (parts.first, parts.count) {
      case ("drop", 1): policy = .drop
      case ("route", 1): policy = .route(minimumProbability: 0)
      case ("route", 2):
        guard let least = Float(parts[1]), (0...1).contains(least) else { return nil }
        policy = .route(minimumProbability: least)
      case ("category", 2) where !parts[1].isEmpty: policy = .category(id: String(parts[1]))
      default: return nil
      }
    }
  }

  func validate() throws {
    guard case .category(let id) = unlabelled?.policy else { return }
    do { _ = try Taxonomy([TaskCategory(id: id)]) } catch {
      throw ValidationError(
        "--unlabelled category:NAME needs a name of 1 to 64 letters a-z, digits, - and _, not \"\(id.onOneLine)\"")
    }
  }

  func apply(to plan: inout TrainingConfiguration) {
    if let seed { plan.seed = seed }
    if let fineTuning, let value = TrainingConfiguration.FineTuning(rawValue: fineTuning.rawValue) {
      plan.fineTuning = value
    }
    if let baseStart { plan.baseStart = baseStart.value }
    Self.apply(learningRate, epochs, batchSize, to: &plan.base)
    Self.apply(
      expertLearningRate ?? learningRate, expertEpochs ?? epochs, expertBatchSize ?? batchSize, to: &plan.expert)
    Self.apply(aggregatorLearningRate, aggregatorEpochs, aggregatorBatchSize ?? batchSize, to: &plan.aggregator)
    if let baseFraction { plan.baseFraction = baseFraction }
    if let validationFraction { plan.validationFraction = validationFraction }
    if let labelSmoothing { plan.loss.labelSmoothing = labelSmoothing }
    if let margin { plan.loss.marginScale = margin }
    if let centering { plan.loss.centering = centering }
    if batchSum != nil || languageModel != nil || headDropout != nil {
      var regularization = plan.regularization ?? Regularization()
      if let batchSum { regularization.batchSum = batchSum }
      if let languageModel {
        var modelling = regularization.languageModelling ?? .init()
        modelling.weight = languageModel
        regularization.languageModelling = modelling
      }
      if let headDropout {
        var dropout = regularization.headDropout ?? .init()
        dropout.rate = headDropout
        regularization.headDropout = dropout
      }
      plan.regularization = regularization
    }
    if debiasLength { plan.debiasesLength = true }
    if let ties, let value = RankingLoss.Ties(rawValue: ties.rawValue) { plan.loss.ties = value }
    if let unlabelled { plan.unlabelled = unlabelled.policy }
  }

  private static func apply(_ rate: Double?, _ epochs: Double?, _ batchSize: Int?, to phase: inout PhaseTraining) {
    if let rate { phase.learningRate = rate }
    if let epochs { phase.epochs = epochs }
    if let batchSize { phase.batchSize = batchSize }
  }
}
