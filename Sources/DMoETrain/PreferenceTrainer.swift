import DMoECore
public import DMoEData
public import DMoEModel

/// Trains the base of one category step by step, on batches that the caller brings: for preferences that arrive while a
/// program runs. `TrainingPipeline` trains whole models from files.
public struct PreferenceTrainer: Sendable {
  /// The model as it is after the last step.
  public private(set) var model: RewardModel
  private let index: Int
  private let settings: PhaseTraining
  private let loss: RankingLoss
  private let seed: UInt64
  private let rowsPerPass: Int
  private let checkpointsActivations: Bool
  private var optimizer: AdamOptimizer

  /// - Parameters:
  ///   - category: The category whose base is trained.
  ///   - configuration: `base`, `loss`, `seed`, `rowsPerPass` and `checkpointsActivations` are used; the learning rate
  ///     stays what it is, without warm-up or decay.
  /// - Throws: `ModelError.unknownCategory`, `TrainError.invalidConfiguration`.
  public init(
    _ model: RewardModel, category: String, configuration: TrainingConfiguration = TrainingConfiguration()
  ) throws {
    try configuration.validate()
    index = try model.index(ofCategory: category)
    self.model = model
    settings = configuration.base
    loss = configuration.loss
    seed = configuration.seed
    rowsPerPass = configuration.rowsPerPass
    checkpointsActivations = configuration.checkpointsActivations
    optimizer = AdamOptimizer(settings)
  }

  /// One optimizer step on the mean loss of the samples.
  ///
  /// - Returns: loss, accuracy and so on before the step.
  /// - Throws: `TrainError.noSamples` if no two responses differ in rank, `.diverged`; what encoding the texts throws.
  @discardableResult
  public mutating func step(_ samples: [RankedResponses]) throws -> StepMetrics {
    let phase = TrainingPhase.base(category: model.inner[index].category.id)
    let examples = try samples.compactMap { try RankedExample($0, model, loss) }
    guard !examples.isEmpty else { throw TrainError.noSamples(phase: phase.description) }
    var task = RankingTask(
      phase: phase, frozen: [], expert: model.inner[index].base, model: model, firstTunedLayer: nil,
      data: PhaseData(training: examples), loss: loss, cache: TrunkCache(limit: 0), rowsPerPass: rowsPerPass,
      checkpointsActivations: checkpointsActivations)
    let metrics = try optimizer.step(
      &task, Array(examples.indices), rate: settings.learningRate,
      dropoutSeed: RandomSource.seed(seed, stream: UInt64(optimizer.step)), model.compute
    ).metrics(phase, step: optimizer.step, plannedSteps: optimizer.step, epoch: 0, rate: settings.learningRate)
    model.inner[index].base = task.expert
    model.inner[index].isBaseTrained = true
    return metrics
  }
}
