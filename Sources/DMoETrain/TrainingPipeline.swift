import DMoECore
public import DMoEData
public import DMoEModel
public import Foundation

/// A pipeline that trains a model through all its phases, in order, and can be killed at any moment.
///
/// ```swift
/// let (samples, _) = try PreferenceReader.readAll(contentsOf: URL(fileURLWithPath: "preferences.jsonl"))
/// let configuration = RewardModel.Configuration(taxonomy: try .inferred(from: samples))
/// var model = try RewardModel(configuration: configuration, backbone: backboneURL, seed: 1)
/// let pipeline = TrainingPipeline(runFolder: URL(fileURLWithPath: "my.run"))
/// try pipeline.run(&model, samples: samples) { event in
///   if case .phaseFinished(let summary) = event { print(summary.phase, summary.steps) }
/// }
/// try model.write(to: URL(fileURLWithPath: "my.dmoerm"))
/// ```
///
/// Order: router, shared base (if bases start there), then for every category its base, its experts and its
/// aggregator. Everything is kept in a run folder: the results of finished phases, the state of the one under way, and
/// `metrics.jsonl` with every event. Running again with the same arguments skips what is done and goes on; the final
/// weights are byte for byte those of an uninterrupted run on the same number of threads.
public struct TrainingPipeline: Sendable {
  /// The settings of the training.
  public let configuration: TrainingConfiguration
  /// The folder that keeps finished phases, the checkpoint and `metrics.jsonl`.
  public let runFolder: URL

  /// A pipeline with these settings that keeps its state in a folder.
  public init(configuration: TrainingConfiguration = TrainingConfiguration(), runFolder: URL) {
    self.configuration = configuration
    self.runFolder = runFolder
  }

  /// The phases of a model, in the order in which they run.
  public static func phases(
    of taxonomy: Taxonomy, _ configuration: TrainingConfiguration = TrainingConfiguration()
  ) -> [TrainingPhase] {
    let isSeveral = taxonomy.categories.count > 1
    return (isSeveral ? [.router] : []) + (isSeveral && configuration.baseStart == .sharedBase ? [.sharedBase] : [])
      + taxonomy.categories.flatMap { category in
        [.base(category: category.id)]
          + category.points.map { .expert(category: category.id, point: $0.id) }
          + (category.points.isEmpty ? [] : [.aggregator(category: category.id)])
      }
  }

  /// Runs every phase that is not done.
  ///
  /// - Parameters:
  ///   - model: The untrained model; holds what was trained when this returns, also by throwing.
  ///   - samples: Preferences, overall and by capability point; each phase takes its share (`PhaseSplit`).
  ///   - prompts: More prompts with categories for the router, beyond those of the samples.
  ///   - onEvent: Called on the calling thread. What it throws stops the run, which can go on later.
  /// - Throws: `TrainError`, `.nothingTrained` if neither a category nor the router could be trained; what scoring and
  ///   reading files throw. Phases with too little data are left out and told of; `RewardModel.trainedCategories` and
  ///   `.isComplete(category:)` say what came of it.
  public func run(
    _ model: inout RewardModel, samples: [RankedResponses], prompts: [CategorizedPrompt] = [],
    onEvent: (TrainingEvent) throws -> Void = { _ in }
  ) throws {
    let cache = TrunkCache(limit: configuration.trunkCacheBytes)
    try run(&model, samples: samples, prompts: prompts, trunk: cache, onEvent: onEvent)
  }

  /// The same, with trunk outputs that other runs over the same backbone may have computed.
  package func run(
    _ model: inout RewardModel, samples: [RankedResponses], prompts: [CategorizedPrompt], trunk cache: TrunkCache,
    onEvent: (TrainingEvent) throws -> Void
  ) throws {
    try configuration.validate()
    let samples = model.configuration.taxonomy.taking(samples)
    if case .category(let id) = configuration.unlabelled, model.configuration.taxonomy[id] == nil,
      samples.contains(where: { $0.category == nil })
    {
      throw TrainError.invalidConfiguration(reason: "the taxonomy lacks \(id), the category of unlabelled samples")
    }
    let start = Date()
    var data = try TrainingData(samples, configuration)
    let folder = try RunFolder(runFolder, identity: try identity(model, samples, prompts))
    let phases = Self.phases(of: model, configuration)
    try rewindMetrics(folder, phases)
    func tell(_ event: TrainingEvent) throws {
      if case .textsRead = event {} else { try folder.append(event) }
      try onEvent(event)
    }
    // What bases start from is a function of the data and the untrained model alone, whichever phases are done.
    let untrained = model
    var baseOrigin: BaseOrigin?
    let done = try phases.filter { try folder.finished($0) != nil }
    if done.count < phases.count { try tell(.runStarted(phases: phases)) }
    var reasons: [String] = []
    for phase in phases {
      if let finished = try folder.finished(phase) {
        try apply(finished, of: phase, from: folder, to: &model)
        try onEvent(.phaseSkipped(phase))
      } else {
        if case .base = phase, baseOrigin == nil {
          baseOrigin = try origin(untrained, data, folder, cache) { try tell(.textsRead(phase, done: $0, total: $1)) }
        }
        if let reason = try train(phase, &model, data, prompts, folder, cache, from: baseOrigin ?? .own, tell) {
          try leaveOut(phase, &model)
          reasons.append("\(phase): \(reason)")
          try tell(.phaseLeftOut(phase, reason: reason))
        }
      }
      // A router that was left out knows nothing: samples without a category stay without one.
      if phase == .router, model.isRouterTrained, case .route(let least) = configuration.unlabelled {
        data = try data.routed(by: model, minimumProbability: least, trunk: cache)
      }
    }
    guard reasons.count < phases.count, model.isRouterTrained || !model.trainedCategories.isEmpty else {
      throw TrainError.nothingTrained(reasons: reasons)
    }
    try tell(.runFinished(seconds: Date().timeIntervalSince(start)))
  }

  /// Trains one phase and applies its result, as read back from the run folder.
  ///
  /// - Returns: why the phase was left out, or `nil` if it was trained.
  private func train(
    _ phase: TrainingPhase, _ model: inout RewardModel, _ data: TrainingData, _ prompts: [CategorizedPrompt],
    _ folder: RunFolder, _ cache: TrunkCache, from origin: BaseOrigin, _ tell: (TrainingEvent) throws -> Void
  ) throws -> String? {
    let start = Date()
    let result: PhaseResult
    if case .router = phase {
      let texts = try data.routerTexts(and: prompts, model)
      if let reason = tooFew(texts.training.count, "prompts with a category") { return reason }
      result = try trainRouter(model, texts, folder, cache, tell)
    } else if case .sharedBase = phase {
      let examples = try data.examples(of: phase, hasPoints: true, model, configuration)
      if let reason = tooFew(examples.training.count, "samples", overLength: examples.overLength) { return reason }
      result = try trainBase(phase, model.inner[0].base, model, examples, folder, cache, from: .own, tell)
    } else {
      let (index, points) = try place(of: phase, model)
      if phase != .base(category: model.inner[index].category.id), !model.inner[index].isBaseTrained {
        return "the base of its category is not trained"
      }
      let examples = try data.examples(of: phase, hasPoints: points > 0, model, configuration)
      if let reason = tooFew(examples.training.count, "samples", overLength: examples.overLength) { return reason }
      switch phase {
      case .router, .sharedBase: return nil
      case .base:
        result = try trainBase(phase, model.inner[index].base, model, examples, folder, cache, from: origin, tell)
      case .expert: result = try trainExpert(phase, index, model, examples, folder, cache, tell)
      case .aggregator: result = try trainAggregator(phase, index, model, examples, folder, cache, tell)
      }
    }
    let summary = result.summary(phase, seconds: Date().timeIntervalSince(start))
    try tell(.phaseFinished(summary))
    let finished = RunFolder.Finished(
      summary: summary, metricsBytes: try folder.metricsBytes(), normalization: result.normalization)
    try folder.finish(finished, write: result.write)
    try apply(finished, of: phase, from: folder, to: &model)
    return nil
  }

  private func tooFew(_ count: Int, _ what: String, overLength: Int = 0) -> String? {
    guard count < configuration.minimumSamples else { return nil }
    let longer = overLength > 0 ? "; \(overLength) are longer than the model reads" : ""
    return "\(what) to train on: \(count), fewer than \(configuration.minimumSamples)\(longer)"
  }

  /// An expert without data is its base, so that the aggregator of its category has a full row.
  private func leaveOut(_ phase: TrainingPhase, _ model: inout RewardModel) throws {
    guard case .expert = phase, let (index, _) = try? place(of: phase, model), model.inner[index].isBaseTrained,
      let point = pointIndex(phase, model.inner[index])
    else { return }
    let own = model.inner[index]
    try model.install(expert: CapabilityExpert(own.base, scale: own.normalization), at: index, point: point)
  }

  /// The category's place in the model, and how many points it has.
  private func place(of phase: TrainingPhase, _ model: RewardModel) throws -> (index: Int, points: Int) {
    let index = try model.index(ofCategory: phase.category ?? "")
    return (index, model.inner[index].category.points.count)
  }

  func pointIndex(_ phase: TrainingPhase, _ inner: InnerMoE) -> Int? {
    guard case .expert(_, let point) = phase else { return nil }
    return inner.category.points.firstIndex { $0.id == point }
  }

  /// Puts a phase's result into the model.
  private func apply(
    _ finished: RunFolder.Finished, of phase: TrainingPhase, from folder: RunFolder, to model: inout RewardModel
  ) throws {
    let home = folder.folder(of: phase)
    let (numbers, pooling) = (model.backbone.configuration, model.configuration.pooling)
    if case .router = phase {
      model.router = try Router(
        folder: home, categories: model.inner.count, backbone: numbers,
        configuration: model.configuration.router)
      return
    }
    // The shared base stays in the run folder, for the bases to start from.
    if case .sharedBase = phase { return }
    let (index, _) = try place(of: phase, model)
    switch phase {
    case .router, .sharedBase: return
    case .base:
      let base = try Expert(contentsOf: home.appendingPathComponent("expert"), for: numbers, pooling: pooling)
      model.install(base: base, normalization: finished.normalization, at: index)
    case .expert:
      guard let point = pointIndex(phase, model.inner[index]) else { return }
      let expert = try Expert(contentsOf: home.appendingPathComponent("expert"), for: numbers, pooling: pooling)
      try model.install(expert: CapabilityExpert(expert, scale: finished.normalization), at: index, point: point)
    case .aggregator:
      let aggregator = try Aggregator(
        contentsOf: home.appendingPathComponent("aggregator.safetensors"),
        inputs: model.inner[index].category.points.count * model.stateSize)
      try model.install(aggregator: aggregator, normalization: finished.normalization, at: index)
    }
  }

  /// Metrics told after the last kept moment would be told again.
  private func rewindMetrics(_ folder: RunFolder, _ phases: [TrainingPhase]) throws {
    var bytes = 0
    for phase in phases {
      if let finished = try folder.finished(phase) {
        bytes = max(bytes, finished.metricsBytes)
      } else if let state = try folder.checkpoint(of: phase).read() {
        bytes = max(bytes, state.progress.metricsBytes)
      }
    }
    try folder.truncateMetrics(to: bytes)
  }

  private func identity(
    _ model: RewardModel, _ samples: [RankedResponses], _ prompts: [CategorizedPrompt]
  ) throws -> RunFolder.Identity {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    func text(_ value: some Encodable) throws -> String { String(decoding: try encoder.encode(value), as: UTF8.self) }
    var hash = StableHash()
    for sample in samples { hash.combine(try text(sample)) }
    for prompt in prompts {
      hash.combine(prompt.category ?? "")
      hash.combine(try text(prompt.conversation))
    }
    var start = StableHash()
    for value in model.inner.flatMap({ $0.base.parameterValues() }) {
      value.value.withElements { for element in $0.prefix(64) { start.combine(UInt64(element.bitPattern)) } }
    }
    return RunFolder.Identity(
      configuration: try text(configuration), model: try text(model.configuration),
      backbone: model.backbone.fingerprint, data: String(hash.value, radix: 16), start: String(start.value, radix: 16),
      precision: model.precision.rawValue)
  }
}
