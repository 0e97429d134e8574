import DMoEModel
import Foundation

/// The result of a finished phase, as it stands in the run folder.
struct KeptPhase {
  /// Holds what `PhaseResult.write` wrote.
  let folder: URL
  let finished: RunFolder.Finished

  /// The expert of a phase that keeps one.
  func expert(for model: RewardModel) throws -> Expert {
    try Expert(
      contentsOf: Self.expertFolder(in: folder), for: model.backbone.configuration,
      stateSize: model.stateSize)
  }

  /// Where a phase that leaves an expert keeps it.
  static func expertFolder(in folder: URL) -> URL { folder.appendingPathComponent("expert") }
}
