import DMoECore
public import DMoEData
public import DMoEModel

/// A trainer of one category's base that goes step by step, on batches that the caller brings: for preferences that
/// arrive while a program runs. `TrainingPipeline` trains whole models from files.
///
/// ```swift
/// var trainer = try PreferenceTrainer(model, category: "chat")
/// for batch in batches { print(try trainer.step(batch).loss) }
/// try trainer.model.write(to: bundleURL)
/// ```
public struct PreferenceTrainer: Sendable {
  /// The model as it is after the last step.
  public private(set) var model: RewardModel
  private let index: Int
  private let configuration: TrainingConfiguration
  private let languageModelHead: Linear?
  private var optimizer: AdamOptimizer
  /// What steps are timed by.
  package var clock = TrainingClock.machine

  /// - Parameters:
  ///   - model: The model to train.
  ///   - category: The category whose base is trained.
  ///   - configuration: `base`, `loss`, `regularization`, `seed`, `microBatch`, `rowsPerPass` and `checkpointsActivations` are
  ///     used;
  ///     the learning rate stays what it is, without warm-up or decay.
  /// - Throws: `ModelError.unknownCategory`, `TrainError.invalidConfiguration`.
  public init(
    _ model: RewardModel, category: String, configuration: TrainingConfiguration = TrainingConfiguration()
  ) throws {
    try configuration.validate()
    index = try model.index(ofCategory: category)
    self.model = model
    self.configuration = configuration
    languageModelHead = try configuration.languageModelHead(of: model.reader)
    optimizer = AdamOptimizer(configuration.base)
  }

  /// Takes one optimizer step on the mean loss of the samples.
  ///
  /// - Returns: loss, accuracy and so on before the step.
  /// - Throws: `TrainError.noSamples` if no two responses differ in rank, `.diverged`; what encoding the texts throws.
  @discardableResult
  public mutating func step(_ samples: [RankedResponses]) throws -> StepMetrics {
    let phase = TrainingPhase.base(category: model.inner[index].category.id)
    let data = PhaseData(
      training: try samples.compactMap { try RankedExample($0, model.reader, configuration.loss) })
    guard !data.training.isEmpty else { throw TrainError.noSamples(phase: phase.description) }
    var task = RankingTask(
      name: phase.description, expert: model.inner[index].base, reader: model.reader, data: data,
      configuration: configuration, languageModelHead: languageModelHead, cache: TrunkCache(limit: 0))
    let seconds = clock.stopwatch()
    let rate = configuration.base.learningRate
    let result = try OptimizerStep(
      samples: Array(data.training.indices), rate: rate,
      dropoutSeed: RandomSource.seed(configuration.seed, stream: UInt64(optimizer.step)),
      microBatch: configuration.microBatch
    ).take(&task, &optimizer, model.compute)
    model.install(base: task.expert, normalization: nil, at: index)
    return StepMetrics(
      Trainer.Step(
        number: optimizer.step, epoch: 0, rate: rate, result: result, seconds: seconds(), plannedSteps: optimizer.step),
      of: phase)
  }
}
