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
/// Order: router, shared head or shared base (if bases start there), then for every category its base, its experts and its
/// aggregator. Everything is kept in a run folder: the results of finished phases, the state of the one under way, and
/// `metrics.jsonl` with every event. Running again with the same arguments skips what is done and goes on; the final
/// weights are byte for byte those of an uninterrupted run on the same number of threads.
public struct TrainingPipeline: Sendable {
  /// The settings of the training.
  public let configuration: TrainingConfiguration
  /// The folder that keeps finished phases, the checkpoint and `metrics.jsonl`.
  public let runFolder: URL
  /// A file that trunk outputs are kept in as well: what memory has no room for is read from it, also by later runs over the same
  /// backbone, and at the same time by the ranks and runs of a machine. `nil` computes that again.
  public var trunkFile: URL?
  /// Bytes that this file may take.
  public var trunkFileBytes = 32 << 30
  /// What phases and steps are timed by.
  package var clock = TrainingClock.machine

  /// A pipeline with these settings that keeps its state in a folder.
  public init(configuration: TrainingConfiguration = TrainingConfiguration(), runFolder: URL) {
    self.configuration = configuration
    self.runFolder = runFolder
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
    try run(&model, samples: samples, prompts: prompts, trunk: try trunkCache(), onEvent: onEvent)
  }

  /// Keeps trunk outputs in memory, and in the file if there is one.
  func trunkCache() throws -> TrunkCache {
    TrunkCache(
      limit: configuration.memory.trunkCacheBytes, file: try trunkFile.map { try TrunkFile($0, limit: trunkFileBytes) })
  }

  /// The same, with trunk outputs that other runs over the same backbone may have computed.
  package func run(
    _ model: inout RewardModel, samples: [RankedResponses], prompts: [CategorizedPrompt], trunk cache: TrunkCache,
    onEvent: (TrainingEvent) throws -> Void
  ) throws {
    try validate(model)
    let start = TrainingRun.Start(model: model, samples: samples, prompts: prompts)
    try withoutActuallyEscaping(onEvent) { onEvent in
      try train(&model, in: TrainingRun(of: self, start, cache: cache, onEvent: onEvent))
    }
  }

  /// - Throws: `TrainError` for settings, `ModelError` for a model that nothing can be trained by.
  func validate(_ model: RewardModel) throws {
    try configuration.validate()
    guard model.companions.isEmpty else {
      throw ModelError.invalidModel(reason: "an ensemble over several backbones is not trained; train its members")
    }
  }

  private func train(_ model: inout RewardModel, in run: TrainingRun) throws {
    let plan = PhasePlan(model, configuration)
    var reasons: [String] = []
    try run.begin(plan.names)
    for phase in plan.phases {
      if let kept = try run.kept(phase.name) {
        try phase.install(kept, in: &model)
        try run.tell(.phaseSkipped(phase.name))
      } else if let reason = try run.train(phase, &model) {
        try phase.leaveOut(of: &model)
        try run.tell(.phaseLeftOut(phase.name, reason: reason))
        reasons.append("\(phase.name): \(reason)")
      }
      try phase.followUp(model, in: run)
    }
    try end(run, model, of: plan, leftOut: reasons)
  }

  /// Ends a run in which some phases were left out, each for a reason.
  func end(_ run: TrainingRun, _ model: RewardModel, of plan: PhasePlan, leftOut reasons: [String]) throws {
    guard reasons.count < plan.phases.count, model.isRouterTrained || !model.trainedCategories.isEmpty else {
      throw TrainError.nothingTrained(reasons: reasons)
    }
    try run.tell(.runFinished(seconds: run.seconds()))
  }
}
