import DMoECore
import DMoEData
import DMoEModel

/// What the bases of a run start from (`TrainingConfiguration.BaseStart`).
enum BaseOrigin {
  case own
  case head(ValueHead)
  case base(Expert)

  /// The head that a base's own stays near.
  var head: ValueHead? {
    switch self {
    case .own: nil
    case .head(let head): head
    case .base(let expert): expert.head
    }
  }
}

extension TrainingPipeline {
  /// Phase 1: the base of a category, or of all together; `untrained` is what it is without an origin.
  func trainBase(
    _ phase: TrainingPhase, _ untrained: Expert, _ model: RewardModel, _ data: PhaseData, _ folder: RunFolder,
    _ cache: TrunkCache, from origin: BaseOrigin, _ tell: (TrainingEvent) throws -> Void
  ) throws -> PhaseResult {
    var start = untrained
    if case .base(let shared) = origin { start = shared }
    var tuned = model.reader
    var firstTuned: Int?
    var adapter = model.configuration.base
    if configuration.fineTuning == .full {
      let layers = adapter.layers(depth: model.depth)
      firstTuned = layers.lowerBound
      // Every linear layer moves, so that every one is extracted.
      adapter.targets = Projection.allCases
      for layer in layers {
        for projection in Projection.allCases {
          tuned.backbone.layers[layer][projection] = tuned.backbone.layers[layer][projection].unfrozen()
        }
      }
    }
    var task = rankingTask(phase, start, tuned, data, cache, firstTunedLayer: firstTuned)
    task.languageModelHead = try configuration.languageModelHead(of: model)
    if configuration.warmStartsHeads { try warmStart(&task, data, near: origin.head, tell) }
    start = task.expert
    var outcome = try trainer(configuration.base, phase, model).run(
      &task, checkpoint: folder.checkpoint(of: phase), onEvent: tell)
    if case .base = origin { try keepStart(start, unlessBeatenBy: &task, &outcome) }
    var expert = task.expert
    var error: Double?
    if firstTuned != nil {
      let extracted = try LoRAAdapter.extracted(
        from: task.reader.backbone, over: model.backbone, configuration: adapter, depth: model.depth, model.compute)
      expert.adapter = extracted.adapter
      error = extracted.error
      // From here on the extracted adapter gives the rewards, not the tuned weights.
      task = rankingTask(phase, expert, model.reader, data, cache)
    }
    let rewards = try task.measure(Array(data.training.prefix(Self.normalizationSamples))).rewards
    let name = model.backbone.name
    return PhaseResult(
      outcome: outcome, trainingSamples: data.training.count, normalization: RewardNormalization(of: rewards),
      extractionError: error
    ) { [expert] home in try expert.write(to: home.appendingPathComponent("expert"), backboneName: name) }
  }

  /// A base that started from the shared one goes back to its start unless what it learnt gains more than a standard error
  /// on its validation prompts: the shared base saw far more, and the best of several validations is partly luck. Where
  /// there is no validation prompt there is no such gain, unless none was to be kept for validation.
  private func keepStart(
    _ start: Expert, unlessBeatenBy task: inout RankingTask, _ outcome: inout Trainer.Outcome
  ) throws {
    guard configuration.validationFraction > 0, outcome.bestStep > 0 else { return }
    var before = task
    before.expert = start
    let losses = try zip(before.validationLosses(), task.validationLosses())
    var gain = PromptGain()
    for (prompt, (old, new)) in zip(task.data.validation.prompts, losses) { gain.add(old - new, prompt: prompt) }
    guard !gain.isCertain else { return }
    task.expert = start
    (outcome.bestStep, outcome.best) = (0, outcome.first)
  }

  /// Phase 2: a capability expert on top of the frozen base; its head starts as the base's (arXiv 2403.01197), with a
  /// Newton correction toward its own labels under warm starts.
  func trainExpert(
    _ phase: TrainingPhase, _ index: Int, _ model: RewardModel, _ data: PhaseData, _ folder: RunFolder,
    _ cache: TrunkCache, _ tell: (TrainingEvent) throws -> Void
  ) throws -> PhaseResult {
    let base = model.inner[index].base
    let fresh = LoRAAdapter(
      model.configuration.expert, for: model.backbone.configuration, depth: model.configuration.depth,
      seed: seed(of: phase))
    var task = rankingTask(
      phase, Expert(adapter: fresh, head: ValueHead(base.head.weight.value)), model.reader, data, cache,
      over: [base.adapter])
    task.languageModelHead = try configuration.languageModelHead(of: model)
    if configuration.warmStartsHeads { try warmStart(&task, data, near: base.head, tell) }
    let outcome = try trainer(configuration.expert, phase, model).run(
      &task, checkpoint: folder.checkpoint(of: phase), onEvent: tell)
    let rewards = try task.measure(Array(data.training.prefix(Self.normalizationSamples))).rewards
    // Base and expert in one adapter: the folder gives the expert's states on its own.
    var whole = Expert(adapter: base.adapter.concatenated(with: task.expert.adapter), head: task.expert.head)
    var error: Double?
    if let rank = model.configuration.joinedRank {
      let joined = try base.adapter.joined(with: task.expert.adapter, rank: rank)
      whole.adapter = joined.adapter
      error = joined.error
    }
    let name = model.backbone.name
    return PhaseResult(
      outcome: outcome, trainingSamples: data.training.count, normalization: RewardNormalization(of: rewards),
      extractionError: error
    ) { [whole] home in
      try whole.write(to: home.appendingPathComponent("expert"), backboneName: name)
    }
  }

  private func rankingTask(
    _ phase: TrainingPhase, _ expert: Expert, _ reader: StateReader, _ data: PhaseData, _ cache: TrunkCache,
    over frozen: [LoRAAdapter] = [], firstTunedLayer: Int? = nil
  ) -> RankingTask {
    RankingTask(
      phase: phase, frozen: frozen, expert: expert, reader: reader, firstTunedLayer: firstTunedLayer, data: data,
      configuration: configuration, cache: cache)
  }

  /// What bases start from; a shared base that was left out for too few samples is replaced by a shared head.
  func origin(
    _ model: RewardModel, _ data: TrainingData, _ folder: RunFolder, _ cache: TrunkCache, progress: ReadingProgress
  ) throws -> BaseOrigin {
    guard configuration.baseStart != .own, model.inner.count > 1 else { return .own }
    if configuration.baseStart == .sharedBase, try folder.finished(.sharedBase) != nil {
      let home = folder.folder(of: .sharedBase).appendingPathComponent("expert")
      return .base(
        try Expert(
          contentsOf: home, for: model.backbone.configuration, pooling: model.configuration.pooling))
    }
    return try sharedHead(model, data, cache, progress).map { .head($0) } ?? .own
  }

  /// The best linear reward on the untrained states of all categories' base samples, for their bases to start near.
  private func sharedHead(
    _ model: RewardModel, _ data: TrainingData, _ cache: TrunkCache, _ progress: ReadingProgress
  ) throws -> ValueHead? {
    guard configuration.warmStartsHeads else { return nil }
    var examples: [RankedExample] = []
    var states: [Matrix] = []
    for inner in model.inner {
      let phase = TrainingPhase.base(category: inner.category.id)
      let own = try data.examples(of: phase, hasPoints: !inner.category.points.isEmpty, model, configuration)
      guard !own.training.isEmpty else { continue }
      // Any untrained base gives the frozen backbone's states.
      let task = rankingTask(phase, model.inner[0].base, model.reader, own, cache)
      states.append(try task.states(own.training, progress: progress))
      examples += own.training
    }
    guard !examples.isEmpty else { return nil }
    let all = Matrix(stacking: states)
    let (_, scale) = WarmStart.standardization(all)
    let direction = try WarmStart.direction(
      all, examples, scale: scale, ridges: configuration.warmStartRidges, model.compute)
    return ValueHead(direction.combined(with: scale) { $0 * $1 })
  }

  /// Lets the head start as the best linear reward on the states before any training, near another head if given.
  private func warmStart(
    _ task: inout RankingTask, _ data: PhaseData, near head: ValueHead?, _ tell: (TrainingEvent) throws -> Void
  ) throws {
    let phase = task.phase
    let states = try task.states(data.training) { try tell(.textsRead(phase, done: $0, total: $1)) }
    let (_, scale) = WarmStart.standardization(states)
    // Heads in standardized channels have their weights divided by the scale; the shift drops out of differences.
    let start = head.map { $0.weight.value.combined(with: scale) { $0 / $1 } }
    let direction = try WarmStart.direction(
      states, data.training, scale: scale, start: start, ridges: configuration.warmStartRidges, task.reader.compute)
    task.expert.head = ValueHead(direction.combined(with: scale) { $0 * $1 })
  }

  /// How many training samples give the mean and deviation of a category's rewards.
  static let normalizationSamples = 512

  /// A seed of its own for every phase.
  func seed(of phase: TrainingPhase) -> UInt64 {
    var hash = SeededHash(seed: configuration.seed)
    hash.combine(phase.description)
    return hash.value
  }
}
