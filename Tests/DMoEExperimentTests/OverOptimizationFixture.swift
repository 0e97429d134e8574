import DMoECore
import DMoEData
import DMoERL
import DMoETrain
import Foundation
import _TestSupport

@testable import DMoEExperiment
@testable import DMoEModel

/// A small measurement of over-optimization: a tiny random policy, and a random double mixture for gold.
enum OverOptimizationFixture {
  static let backbone = FixtureFolder(of: "DMoEModelTests", "models").url("llama")
  static let options = ComputeOptions(threads: 1)

  static let settings = OverOptimizationSettings {
    ($0.drawing.maximumTokens, $0.pairs.perPrompt, $0.pairs.validation) = (6, 3, 0.3)
    ($0.bestOfN.prompts, $0.bestOfN.samples) = (3, 9)
    ($0.policies.seeds, $0.policies.every, $0.policies.prompts, $0.policies.samples) = ([1, 2], 2, 2, 2)
    $0.policies.adapter = LoRAConfiguration(rank: 2, alpha: 4, dropout: 0)
    ($0.policies.training.steps, $0.policies.training.promptsPerStep, $0.policies.training.groupSize) = (3, 1, 4)
    $0.policies.training.optimizer.learningRate = 0.02
  }

  static func prompts(_ range: Range<Int>) throws -> [CategorizedPrompt] {
    try range.map { index in
      try CategorizedPrompt(id: "p\(index)", conversation: Conversation(prompt: "Say word \(index)"), category: nil)
    }
  }

  /// A random double mixture over the policy's backbone.
  static func gold(in folder: URL, seed: UInt64 = 3) throws -> GoldJudge {
    let adapter = LoRAConfiguration(rank: 2, alpha: 4, dropout: 0, topLayers: 1)
    let model = try RewardModel.randomized(
      configuration: RewardModel.Configuration {
        $0.taxonomy = goldTaxonomy
        ($0.base, $0.expert, $0.aggregatorWidth, $0.maximumTokens) = (adapter, adapter, 4, 96)
      }, backbone: try Backbone(contentsOf: backbone, options: options), seed: seed, options: options)
    let url = folder.appendingPathComponent("gold-\(seed).dmoerm")
    try model.write(to: url)
    return GoldJudge(bundle: url, backbone: backbone)
  }

  private static let goldTaxonomy = ["chat", "code"].map { category in
    TaskCategory(id: category, points: ["clear", "kind"].map { CapabilityPoint(id: $0) })
  }.asTaxonomy

  static func contender(_ structure: ExperimentContender.Structure, seeds: [UInt64] = [1]) -> ExperimentContender {
    var contender = ExperimentFixture.contender(structure, seeds: seeds, noise: LabelNoise(share: 0.25))
    contender.model.maximumTokens = 96
    return contender
  }

  static func measurement(
    in folder: URL, gold: GoldJudge, contenders: [ExperimentContender]? = nil,
    settings: OverOptimizationSettings = settings
  ) throws -> OverOptimization {
    var measurement = try OverOptimization(
      contenders: contenders ?? [contender(.single, seeds: [1, 2]), contender(.mixture)], gold: gold,
      folder: folder.appendingPathComponent("measurement"), settings: settings)
    measurement.trunkCacheBytes = 1 << 24
    return measurement
  }

  static func run(
    _ measurement: OverOptimization, training: Range<Int> = 0..<12, heldOut: Range<Int> = 40..<43,
    onEvent: (ExperimentEvent) throws -> Void = { _ in }
  ) async throws -> OverOptimizationResult {
    try await measurement.run(
      training: prompts(training), heldOut: prompts(heldOut), backbone: backbone, options: options, onEvent: onEvent)
  }
}

extension [TaskCategory] {
  fileprivate var asTaxonomy: Taxonomy {
    do { return try Taxonomy(self) } catch { preconditionFailure("\(error)") }
  }
}

extension OverOptimizationResult {
  /// The rows without what depends on the clock.
  var timeless: [Row] {
    rows.map { row in
      var row = row
      row.millisecondsPerText = nil
      return row
    }
  }
}
