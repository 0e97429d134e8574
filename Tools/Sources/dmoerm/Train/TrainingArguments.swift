import ArgumentParser
@_spi(Command) import DMoERM

/// The options that change how the phases train.
struct TrainingArguments: ParsableArguments {
  @Option(parsing: .unconditional, help: "Draws initial weights, splits and orders.") var seed: UInt64?
  @Option(help: "What a base is trained as: adapter, or full (the paper).")
  var fineTuning: Choice<TrainingConfiguration.FineTuning>?
  @Option(help: "Where bases of several categories start: own, shared-head or shared-base (one of all categories).")
  var baseStart: Choice<TrainingConfiguration.BaseStart>?
  @Option(parsing: .unconditional, help: "Learning rate of bases and experts.") var learningRate: Double?
  @Option(parsing: .unconditional, help: "Passes over the data of bases and experts.") var epochs: Double?
  @Option(parsing: .unconditional, help: "Samples a step of bases, experts and aggregators.") var batchSize: Int?
  @Option(
    parsing: .unconditional,
    help: "Samples whose gradient is computed alone: what ranks of dmoerm-mpi share out of a step; all if not given.")
  var microBatch: Int?
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
  @Option(help: "What tied responses do: skip, or half (pulled together).") var ties: Choice<RankingLoss.Ties>?
  @Option(
    help: """
      Samples without a category: drop, route:P (the router's if it is at least P sure), or category:NAME (they are that \
      one, which is made if it is missing).
      """)
  var unlabeled: UnlabeledPolicy?

  func validate() throws {
    guard case .category(let id) = unlabeled?.policy else { return }
    do { _ = try Taxonomy([TaskCategory(id: id)]) } catch {
      throw ValidationError(
        "--unlabeled category:NAME needs a name of 1 to 64 letters a-z, digits, - and _, not \"\(id.onOneLine)\"")
    }
  }

  func apply(to training: inout TrainingConfiguration) {
    if let seed { training.seed = seed }
    if let microBatch { training.microBatch = microBatch }
    if let fineTuning { training.fineTuning = fineTuning.value }
    if let baseStart { training.start.bases = baseStart.value }
    if let baseFraction { training.data.baseFraction = baseFraction }
    if let validationFraction { training.data.validationFraction = validationFraction }
    if let unlabeled { training.data.unlabeled = unlabeled.policy }
    Self.apply(learningRate, epochs, batchSize, to: &training.base)
    Self.apply(
      expertLearningRate ?? learningRate, expertEpochs ?? epochs, expertBatchSize ?? batchSize, to: &training.expert)
    Self.apply(aggregatorLearningRate, aggregatorEpochs, aggregatorBatchSize ?? batchSize, to: &training.aggregator)
    apply(to: &training.loss)
    apply(to: &training.regularization)
  }

  private func apply(to loss: inout RankingLoss) {
    if let labelSmoothing { loss.labelSmoothing = labelSmoothing }
    if let margin { loss.marginScale = margin }
    if let centering { loss.centering = centering }
    if let ties { loss.ties = ties.value }
    if debiasLength { loss.debiasesLength = true }
  }

  private func apply(to regularization: inout Regularization) {
    if let batchSum { regularization.batchSum = batchSum }
    if let languageModel {
      regularization.languageModeling = regularization.languageModeling ?? .init()
      regularization.languageModeling?.weight = languageModel
    }
    if let headDropout {
      regularization.headDropout = regularization.headDropout ?? .init()
      regularization.headDropout?.rate = headDropout
    }
  }

  private static func apply(_ rate: Double?, _ epochs: Double?, _ batchSize: Int?, to phase: inout PhaseTraining) {
    if let rate { phase.learningRate = rate }
    if let epochs { phase.epochs = epochs }
    if let batchSize { phase.batchSize = batchSize }
  }
}
