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

  /// - Parameters:
  ///   - model: The model to train.
  ///   - category: The category whose base is trained.
  ///   - configuration: `base`, `loss`, `regularization`, `seed`, `rowsPerPass` and `checkpointsActivations` are used;
  ///     the learning rate stays what it is, without warm-up or decay.
  /// - Throws: `ModelError.unknownCategory`, `TrainError.invalidConfiguration`.
  public init(
    _ model: RewardModel, category: String, configuration: TrainingConfiguration = TrainingConfiguration()
  ) throws {
    try configuration.validate()
    index = try model.index(ofCategory: category)
    self.model = model
    self.configuration = configuration
    languageModelHead = try configuration.languageModelHead(of: model)
    optimizer = AdamOptimizer(configuration.base)
  }

  /// Takes one optimizer step on the mean loss of the samples.
  ///
  /// - Returns: loss, accuracy and so on before the step.
  /// - Throws: `TrainError.noSamples` if no two responses differ in rank, `.diverged`; what encoding the texts throws.
  @discardableResult
  public mutating func step(_ samples: [RankedResponses]) throws -> StepMetrics {
    let phase = TrainingPhase.base(category: model.inner[index].category.id)
    let examples = try samples.compactMap { try RankedExample($0, model.reader, configuration.loss) }
    guard !examples.isEmpty else { throw TrainError.noSamples(phase: phase.description) }
    var task = RankingTask(
      phase: phase, frozen: [], expert: model.inner[index].base, reader: model.reader, firstTunedLayer: nil,
      data: PhaseData(training: examples), configuration: configuration, languageModelHead: languageModelHead,
      cache: TrunkCache(limit: 0))
    let metrics = try optimizer.step(
      &task, Array(examples.indices), rate: configuration.base.learningRate,
      dropoutSeed: RandomSource.seed(configuration.seed, stream: UInt64(optimizer.step)), model.compute
    ).metrics(
      phase, step: optimizer.step, plannedSteps: optimizer.step, epoch: 0, rate: configuration.base.learningRate)
    model.install(base: task.expert, normalization: nil, at: index)
    return metrics
  }
}
