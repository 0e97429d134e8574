import DMoECore
import DMoEModel

/// Full fine-tuning of a base: all linear weights of a backbone's adapted layers train, and the nearest adapter is kept.
struct FullTuning {
  /// The adapter that is kept: every linear layer moves, so that every one is extracted.
  private let adapter: LoRAConfiguration
  private let reader: StateReader
  private let layers: Range<Int>

  /// The tuning of a model's base over its untouched backbone.
  init(_ model: RewardModel) {
    var adapter = model.configuration.base
    layers = adapter.layers(depth: model.depth)
    adapter.targets = Projection.allCases
    self.adapter = adapter
    reader = model.reader
  }

  /// Unfreezes the layers that a task is to train.
  func unfreeze(_ task: inout RankingTask) {
    task.firstTunedLayer = layers.lowerBound
    for layer in layers {
      for projection in Projection.allCases {
        task.reader.backbone.layers[layer][projection] = task.reader.backbone.layers[layer][projection].unfrozen()
      }
    }
  }

  /// Puts the adapter in the place of the tuned weights: from here on it gives the task's rewards.
  ///
  /// - Returns: its relative error (`PhaseSummary.extractionError`).
  func extract(_ task: inout RankingTask) throws -> Double {
    let extracted = try LoRAAdapter.extracted(
      from: task.reader.backbone, over: reader.backbone, configuration: adapter, depth: reader.depth, reader.compute)
    task.expert.adapter = extracted.adapter
    task.reader = reader
    task.firstTunedLayer = nil
    return extracted.error
  }
}
