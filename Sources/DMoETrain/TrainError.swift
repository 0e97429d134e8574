public import protocol Foundation.LocalizedError

/// What can be wrong with a training run.
public enum TrainError: Error, Equatable, Sendable {
  /// A setting has a value that cannot be trained by; its path is as one types it, and the reason goes on from there.
  case invalidSetting(path: String, reason: String)
  /// The configuration contradicts the model or the data.
  case invalidConfiguration(reason: String)
  /// Nothing in the data can train this phase.
  case noSamples(phase: String)
  /// The run trained nothing, and why each of its phases was left out.
  case nothingTrained(reasons: [String])
  /// So few distinct prompts cannot be divided into so many clusters, or there would be fewer than two.
  case impossibleClusters(count: Int, prompts: Int)
  /// The loss or a gradient is not a finite number; the run folder holds the last good state.
  case diverged(phase: String, step: Int)
  /// The run folder belongs to another model, configuration or data.
  case foreignRun(path: String, reason: String)
  /// Another process is training in the run folder.
  case runInUse(path: String)
  /// A file of the run folder cannot be read or written.
  case unusableRun(path: String, reason: String)
  /// Ranks that are to train together do not agree in what they train.
  case ranksDiffer(rank: Int, reason: String)
  /// A rank cannot go on, so the run has stopped on all; the run folder holds the last good state.
  case rankFailed(rank: Int, reason: String)
}

extension TrainError: CustomStringConvertible {
  /// One sentence that says what is wrong and what to change.
  public var description: String {
    switch self {
    case .invalidSetting(let path, let reason): "the training configuration is wrong: \(path) \(reason)"
    case .invalidConfiguration(let reason): "the training configuration is wrong: \(reason)"
    case .noSamples(let phase): "no sample of the data can train \(phase)"
    case .nothingTrained(let reasons):
      "nothing was trained: \(reasons.prefix(3).joined(separator: "; "))"
        + (reasons.count > 3 ? "; and \(reasons.count - 3) more" : "")
    case .impossibleClusters(let count, let prompts):
      "\(prompts) distinct prompts cannot be divided into \(count) clusters: there are two or more, and none is empty"
    case .diverged(let phase, let step): "\(phase) diverged at step \(step): the loss or a gradient is not finite"
    case .foreignRun(let path, let reason): "the run folder \(path) is another run's: \(reason)"
    case .runInUse(let path): "another process is training in \(path)"
    case .unusableRun(let path, let reason): "the run folder \(path) cannot be used: \(reason)"
    case .ranksDiffer(let rank, let reason):
      "rank \(rank) would train something else than rank 0: it has another \(reason)"
    case .rankFailed(let rank, let reason): "rank \(rank) could not go on: \(reason)"
    }
  }
}

extension TrainError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
