public import protocol Foundation.LocalizedError

/// What can be wrong with an experiment.
public enum ExperimentError: Error, Sendable, Equatable {
  /// The plan contradicts itself or lacks something.
  case invalidPlan(reason: String)
  /// No category of the contender had enough samples.
  case untrained(contender: String)
  /// What makes a model of a contender is wrong.
  case invalidContender(String, reason: String)
  /// Members that could not be trained, each with its reason; all others are.
  case failedMembers([String])
  /// A contender of this name was trained with other settings, prompts or another backbone.
  case changedContender(String, path: String, reason: String)
  /// The folder holds an experiment on other data.
  case foreignFolder(path: String)
  /// A file of kept rewards is not of this experiment or is broken.
  case unusableScores(path: String, reason: String)
  /// The folder cannot be made.
  case unusableFolder(path: String)
}

extension ExperimentError: CustomStringConvertible {
  /// One sentence that says what is wrong and what to change.
  public var description: String {
    switch self {
    case .invalidPlan(let reason): "the experiment cannot be run: \(reason)"
    case .untrained(let contender): "\(contender): no category had enough samples to train"
    case .invalidContender(let name, let reason): "\(name): \(reason)"
    case .failedMembers(let members): "\(members.joined(separator: "; ")). All other members are trained"
    case .changedContender(let name, let path, let reason): "\(name) is another one than in \(path): \(reason)"
    case .foreignFolder(let path): "\(path) holds an experiment on other data"
    case .unusableScores(let path, let reason): "\(path): \(reason)"
    case .unusableFolder(let path): "\(path) cannot be made a folder"
    }
  }
}

extension ExperimentError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
