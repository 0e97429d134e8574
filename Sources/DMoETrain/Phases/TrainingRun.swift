import DMoECore
import DMoEData
import DMoEFoundation
import DMoEModel

/// A run under way: what all its phases share.
final class TrainingRun {
  let configuration: TrainingConfiguration
  let folder: RunFolder
  /// Trunk outputs, kept from phase to phase.
  let cache: TrunkCache
  /// Gives the seconds since the run began.
  let seconds: () -> Double
  private let clock: TrainingClock
  /// The samples; the router may give some of them a category.
  private(set) var data: TrainingData
  /// The model before any phase: what bases start from is a function of it and of the data, whichever phases are done.
  let untrained: RewardModel
  /// The ranks that train a phase together; every one of them does the same but for what they share out.
  var ranks: any Communicator = SingleRank()
  private let onEvent: (TrainingEvent) throws -> Void
  private var baseOrigin: BaseOrigin?

  /// What a run starts from.
  struct Start {
    let model: RewardModel
    let samples: [RankedResponses]
    let prompts: [CategorizedPrompt]

    /// What a run from here has to agree in with the one that its folder keeps.
    func identity(_ configuration: TrainingConfiguration) throws -> RunIdentity {
      try RunIdentity(
        configuration, model, samples: configuration.taking(samples, for: model.configuration.taxonomy),
        prompts: prompts)
    }
  }

  /// Opens the run folder.
  ///
  /// - Parameters:
  ///   - pipeline: The settings and the folder.
  ///   - start: What it starts from.
  ///   - identity: That of the start, if it is known.
  ///   - cache: Trunk outputs.
  ///   - onEvent: Told of everything.
  /// - Throws: `TrainError`; `DataError.invalidFractions`.
  init(
    of pipeline: TrainingPipeline, _ start: Start, identity: RunIdentity? = nil, cache: TrunkCache,
    onEvent: @escaping (TrainingEvent) throws -> Void
  ) throws {
    configuration = pipeline.configuration
    clock = pipeline.clock
    seconds = clock.stopwatch()
    self.cache = cache
    self.onEvent = onEvent
    untrained = start.model
    let samples = try configuration.taking(start.samples, for: untrained.configuration.taxonomy)
    data = try TrainingData(samples, prompts: start.prompts, configuration)
    folder = try RunFolder(pipeline.runFolder, identity: identity ?? start.identity(configuration))
  }

  /// Sends an event to the listener, and to the metrics if it is one to be kept.
  func tell(_ event: TrainingEvent) throws {
    if event.isRecorded { try folder.metrics.append(event) }
    try onEvent(event)
  }

  /// Sends an event to the listener whose line is kept elsewhere.
  func pass(_ event: TrainingEvent) throws { try onEvent(event) }

  /// Tells of texts that a phase reads before its first step.
  func progress(of phase: TrainingPhase) -> ReadingProgress {
    { done, total in try self.tell(.textsRead(phase, done: done, total: total)) }
  }

  /// A seed of its own for every phase.
  func seed(of phase: TrainingPhase) -> UInt64 {
    var hash = SeededHash(seed: configuration.seed)
    hash.combine(phase.description)
    return hash.value
  }

  /// The examples of a phase's samples.
  func examples(of samples: PhaseData<RankedResponses>) throws -> PhaseData<RankedExample> {
    try ExampleEncoder(untrained.reader, configuration).examples(of: samples)
  }

  /// What the category's bases start from; found out once.
  func knownBaseOrigin() throws -> BaseOrigin {
    if let baseOrigin { return baseOrigin }
    let origin = try BaseOrigin(in: self)
    baseOrigin = origin
    return origin
  }

  /// Takes a task through its gradient steps, from its checkpoint if there is one.
  func fit<Task: GradientTask>(
    _ task: inout Task, _ phase: TrainingPhase, on data: PhaseData<some Sendable>, by settings: PhaseTraining
  ) throws -> Trainer.Outcome {
    let trainer = Trainer(
      settings: settings, selection: configuration.selection, seed: seed(of: phase),
      checkpointInterval: configuration.checkpointInterval, microBatch: configuration.microBatch, ranks: ranks,
      compute: untrained.compute, clock: clock)
    return try trainer.run(&task, checkpoint: folder.checkpoint(of: phase)) { event in
      try tell(TrainingEvent(event, of: phase, on: data))
    }
  }

  /// Gives samples without a category the one that the trained router chooses.
  func routeSamples(by model: RewardModel, minimumProbability: Float) throws {
    try data.route(by: model, minimumProbability: minimumProbability, trunk: cache)
  }
}
