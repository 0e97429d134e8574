/// The settings of training.
///
/// ```swift
/// var configuration = TrainingConfiguration()
/// configuration.seed = 7
/// configuration.base.learningRate = 2e-4
/// configuration.data.validationFraction = 0.2
/// configuration.regularization.headDropout = .init(rate: 0.1)
/// try configuration.validate()
/// ```
///
/// As JSON they are read over others by `SettingsJSON`. `Codable` wants every key, as a record of a run has them.
public struct TrainingConfiguration: Sendable, Equatable, Codable {
  /// The seed of splits, orders, first weights and dropout: the same seed trains the same model.
  public var seed: UInt64 = 0
  /// The samples that each phase trains on.
  public var data = DataSettings()
  /// What heads, bases and aggregators start from.
  public var start = StartSettings()
  /// The weights of a base that training changes; an adapter is ours, the paper tunes bases in full.
  public var fineTuning = FineTuning.adapter
  /// The settings of the router's training.
  public var router = RouterTraining()
  /// The settings of the phase that trains a category's base; rate and epochs are ours, for a small backbone.
  public var base = PhaseTraining(learningRate: 5e-4, epochs: 3)
  /// The settings of the phase that trains a capability expert; rate and epochs are ours, for a small backbone.
  public var expert = PhaseTraining(learningRate: 5e-4, epochs: 2)
  /// The settings of the phase that trains a category's aggregator; rate and epochs are ours, for a small backbone.
  public var aggregator = PhaseTraining(learningRate: 1e-4, epochs: 10)
  /// The loss that bases, experts and aggregators minimize.
  public var loss = RankingLoss()
  /// What a step minimizes beside the loss; nothing in the paper.
  public var regularization = Regularization()
  /// The measure by which the best state of a phase is kept; the paper's released code takes accuracy, which moves in
  /// steps where there are few pairs.
  public var selection = Selection.validationLoss
  /// A category goes on giving its base's rewards where they have less loss on the validation prompts of its aggregator, ten
  /// or more, by more than a standard error: the base saw more preferences, and few labels make experts that know less.
  public var keepsBetterBases = true
  /// Samples of a step whose gradient is computed alone, with dropout of its own; the gradients of a step's micro-batches are added
  /// up by one binary tree, so that ranks may share out a step and come to the same bits on any number. `nil` computes a step
  /// as a whole.
  public var microBatch: Int?
  /// Limits of memory, for more time.
  public var memory = MemorySettings()
  /// A checkpoint is written after this many steps.
  public var checkpointInterval = 20

  /// The defaults, for a small backbone and few samples; Docs/Results.md says what was measured with them, and what not.
  public init() {}

  /// The defaults with changes.
  ///
  /// ```swift
  /// let configuration = TrainingConfiguration { $0.base.epochs = 1 }
  /// ```
  public init(_ change: (inout TrainingConfiguration) throws -> Void) rethrows {
    self.init()
    try change(&self)
  }

  /// The weights of a base that training changes.
  public enum FineTuning: String, Sendable, Codable, CaseIterable {
    /// An adapter over the shared frozen backbone.
    case adapter
    /// All linear weights of the adapted layers (the paper); kept as the nearest adapter of the base's rank.
    case full
  }

  /// The measure by which the best state of a phase is chosen.
  public enum Selection: String, Sendable, Codable, CaseIterable {
    /// The least loss on validation samples.
    case validationLoss
    /// The greatest accuracy on validation samples.
    case validationAccuracy
  }
}
