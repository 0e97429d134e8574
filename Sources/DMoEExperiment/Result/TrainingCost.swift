import DMoETrain
public import Foundation

/// The cost of a training run so far.
public struct TrainingCost: Sendable, Hashable, Codable {
  /// Tokens of the steps taken, prompts that responses share counted once a step.
  public var tokens: Int
  /// Time in finished phases.
  public var seconds: Double
  /// The number of optimizer steps taken.
  public var steps: Int

  /// A cost of these amounts.
  public init(tokens: Int = 0, seconds: Double = 0, steps: Int = 0) {
    self.tokens = tokens
    self.seconds = seconds
    self.steps = steps
  }

  /// Adds up the finished phases in a run folder's `metrics.jsonl`.
  ///
  /// - Throws: `TrainError.unusableRun`.
  public init(runFolder: URL) throws {
    let run = try RunRecord(metrics: runFolder.appendingPathComponent("metrics.jsonl"))
    self.init()
    for summary in run.summaries {
      tokens += summary.tokens
      seconds += summary.seconds
      steps += summary.steps
    }
  }
}
