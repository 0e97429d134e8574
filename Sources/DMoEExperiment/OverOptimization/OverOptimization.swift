public import DMoECore
public import DMoEData
public import DMoEModel
import DMoEPolicy
public import Foundation

/// A measurement of over-optimization: how much better a policy's texts get, by a gold model that nobody trains against, when a
/// proxy of it is optimized, and when they begin to get worse.
///
/// ```swift
/// let measurement = try OverOptimization(
///   contenders: [
///     ExperimentContender(id: "single", structure: .single, seeds: [1, 2, 3, 4, 5], noise: LabelNoise(share: 0.25)),
///     ExperimentContender(id: "mixture", structure: .mixture, noise: LabelNoise(share: 0.25)),
///   ],
///   gold: GoldJudge(bundle: bundleURL), folder: folder)
/// let result = try await measurement.run(
///   training: trainingPrompts, heldOut: heldOutPrompts, backbone: backboneURL)
/// print(OverOptimizationReport(result: result, title: "Who over-optimizes less?").markdown())
/// ```
///
/// The policy writes texts; the gold model orders pairs of them, of which noise turns some round; the contenders learn from
/// these pairs, and are the proxies. Then they are optimized in two ways: by choosing the best of up to n texts of held-out
/// prompts, and by training policies. Sources: Gao et al., 2210.10760; Coste et al., 2310.02743.
///
/// Everything is kept in the folder: a run that was stopped anywhere goes on there. What cannot be judged is left out and
/// counted, and never a number.
public struct OverOptimization: Sendable {
  /// The kinds of reward model that are trained as proxies.
  public let contenders: [ExperimentContender]
  /// The model whose word is taken for the truth.
  public private(set) var gold: GoldJudge
  /// The folder that keeps texts, judgments, proxies and policies.
  public let folder: URL
  /// How texts are drawn, how many, and how policies are trained.
  public let settings: OverOptimizationSettings
  /// Bytes of trunk outputs kept in memory, for training and again for scoring.
  public var trunkCacheBytes = 4 << 30
  /// A file that trunk outputs are kept in as well, as `Experiment.trunkFile`.
  public var trunkFile: URL?
  /// Bytes that this file may take.
  public var trunkFileBytes = 32 << 30
  /// The number of members that train at a time, each on its share of the threads.
  public var membersAtOnce = 1
  /// What counts of what earlier starts found out about the files of backbones and bundles.
  public var checks = StartChecks.remembered
  /// How conversations become tokens of the policy; `nil` takes what the backbone's files name.
  public var template: ConversationTemplate?

  /// - Parameters:
  ///   - contenders: What is trained, and read as proxies.
  ///   - gold: The bundle and its backbone; what it judges is decided here, whatever its parts are.
  ///   - folder: The folder that keeps everything; what is there already is not done again.
  ///   - settings: How texts are drawn, how many, and how policies are trained.
  /// - Throws: `ExperimentError.invalidPlan` for settings that make no sense, contenders that are finished bundles and proxies
  ///   that are no contenders; what `Experiment` throws.
  public init(
    contenders: [ExperimentContender], gold: GoldJudge, folder: URL,
    settings: OverOptimizationSettings = OverOptimizationSettings()
  ) throws {
    (self.contenders, self.folder, self.settings) = (contenders, folder, settings)
    var gold = gold
    gold.parts = [.training, .validation, .bestOfN]
    gold.needsLabels = contenders.contains(where: \.structure.learnsCapabilities)
    if gold.needsLabels { gold.parts.insert(.capabilities) }
    self.gold = gold
    try settings.validate()
    if let given = contenders.first(where: { $0.bundle != nil }) {
      throw ExperimentError.invalidPlan(
        reason: "\(given.id) is a finished bundle; proxies are trained on what gold prefers")
    }
    _ = try experiment
    _ = try policyRuns
  }

  /// Does what is not done yet, and reads the results.
  ///
  /// - Parameters:
  ///   - training: The prompts whose texts proxies learn from, and that policies are trained on.
  ///   - heldOut: The prompts that are measured on.
  ///   - backbone: The GGUF file or Hugging Face folder of the policy, which the proxies stand on, too.
  ///   - options: The backend, threads and precision to compute with.
  ///   - onEvent: Called on the thread of the work. What it throws stops the run, which can go on later.
  /// - Throws: `ExperimentError`; what sampling, training and scoring throw.
  public func run(
    training: [CategorizedPrompt], heldOut: [CategorizedPrompt], backbone: URL,
    options: ComputeOptions = ComputeOptions(), onEvent: (ExperimentEvent) throws -> Void = { _ in }
  ) async throws -> OverOptimizationResult {
    let prompts = try OverOptimizationPrompts(training: training, heldOut: heldOut, settings)
    let read = try Backbone(contentsOf: backbone, options: options, checks: checks) {
      try onEvent(.readingBackbone(done: $0, total: $1))
    }
    let policy = try LanguageModel(backbone: read, template: template, options: options)
    let store = try OverOptimizationStore(self, prompts, policy)
    var run = OverOptimizationRun(plan: self, prompts: prompts, policy: policy, store: store, options: options)
    // A gold model that cannot be read ends it before texts are drawn for an hour. One that has experts labels capability points
    // whoever learns, so that a contender may be added that learns them.
    if try run.model(gold.bundle, backbone: gold.backbone).hasExperts { run.plan.gold.parts.insert(.capabilities) }
    return try await run.result(onEvent)
  }

  /// Whether a folder is one of a measurement of over-optimization.
  public static func isOne(_ folder: URL) -> Bool { OverOptimizationStore.isOne(folder) }

  /// The experiment whose members are the proxies.
  var experiment: Experiment {
    get throws {
      var experiment = try Experiment(
        contenders: contenders, folder: folder.appendingPathComponent("proxies", isDirectory: true), judge: gold,
        trunkCacheBytes: trunkCacheBytes, membersAtOnce: membersAtOnce)
      (experiment.trunkFile, experiment.trunkFileBytes) = (trunkFile, trunkFileBytes)
      experiment.checks = checks
      return experiment
    }
  }
}

extension RewardModel {
  /// Whether it says anything of capability points.
  fileprivate var hasExperts: Bool { inner.contains { $0.experts.contains { $0 != nil } } }
}

extension ExperimentContender.Structure {
  /// Whether it is trained on labels of capability points.
  fileprivate var learnsCapabilities: Bool {
    switch self {
    case .mixture, .pooled, .withoutOuter: true
    case .length, .probe, .single, .perTask: false
    }
  }
}
