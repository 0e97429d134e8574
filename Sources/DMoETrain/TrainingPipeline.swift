public import DMoEData
public import DMoEModel
public import Foundation

/// Trains a model through all its phases, in order, and can be killed at any moment.
///
/// Order: router, then for every category its base, its experts and its aggregator. Everything is kept in a run
/// folder: the results of finished phases, the state of the one under way, and `metrics.jsonl` with every event.
/// Running again with the same arguments skips what is done and goes on; the final weights are byte for byte those of
/// an uninterrupted run on the same number of threads.
public struct TrainingPipeline: Sendable {
  public let configuration: TrainingConfiguration
  public let runFolder: URL

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
  ///   - onEvent: Called on the calling thread.
  /// - Throws: `TrainError`; what scoring and reading files throw.
  public func run(
    _ model: inout RewardModel, samples: [RankedResponses], prompts: [CategorizedPrompt] = [],
    onEvent: (TrainingEvent) -> Void = { _ in }
  ) throws {
  }
}
