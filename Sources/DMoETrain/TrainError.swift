/// An error in the settings, data or folder of a training run.
public enum TrainError: Error, Equatable, Sendable {
  /// The configuration contradicts itself.
  case invalidConfiguration(reason: String)
  /// Nothing in the data can train this phase.
  case noSamples(phase: String)
  /// The loss or a gradient is not a finite number; the run folder holds the last good state.
  case diverged(phase: String, step: Int)
  /// The run folder belongs to another model, configuration or data.
  case foreignRun(path: String, reason: String)
  /// Another process is training in the run folder.
  case runInUse(path: String)
  /// A file of the run folder cannot be read or written.
  case unusableRun(path: String, reason: String)
  /// Rewards or routing decisions to evaluate do not fit their samples.
  case invalidRewards(reason: String)
}

extension TrainError: CustomStringConvertible {
  /// One sentence that says what is wrong and what to change.
  public var description: String {
    switch self {
    case .invalidConfiguration(let reason): "the training configuration is wrong: \(reason)"
    case .noSamples(let phase): "no sample of the data can train \(phase)"
    case .diverged(let phase, let step): "\(phase) diverged at step \(step): the loss or a gradient is not finite"
    case .foreignRun(let path, let reason): "the run folder \(path) is another run's: \(reason)"
    case .runInUse(let path): "another process is training in \(path)"
    case .unusableRun(let path, let reason): "the run folder \(path) cannot be used: \(reason)"
    case .invalidRewards(let reason): "the rewards do not fit the samples: \(reason)"
    }
  }
}
