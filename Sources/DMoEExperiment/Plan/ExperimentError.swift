public import protocol Foundation.LocalizedError

/// What can go wrong in an experiment.
public enum ExperimentError: Error, Sendable, Equatable {
  /// The plan contradicts itself or lacks something.
  case invalidPlan(reason: String)
  /// The judge cannot judge this data.
  case invalidJudge(reason: String)
  /// The settings of a contender cannot make or train a model.
  case invalidContender(ContenderID, reason: String)
  /// Members that could not be trained, each with its reason; all others are.
  case failedMembers([FailedMember])
  /// A contender of this name was trained with other settings, prompts or another backbone.
  case changedContender(ContenderID, path: String, reason: String)
  /// The folder holds an experiment on other data.
  case foreignFolder(path: String)
  /// The folder has rewards on a set of this name with other samples.
  case changedSet(SetID, path: String)
  /// The folder holds a measurement of over-optimization that began otherwise: of another policy, say, or with other prompts.
  case foreignMeasurement(path: String, difference: String)
  /// The folder was written by a version of this library that kept rewards in another form.
  case otherVersion(path: String)
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
    case .invalidJudge(let reason): "the judge cannot be used: \(reason)"
    case .invalidContender(let id, let reason): "\(id): \(reason)"
    case .failedMembers(let members):
      "\(members.map(\.description).joined(separator: "; ")). All other members are trained"
    case .changedContender(let id, let path, let reason): "\(id) is another one than in \(path): \(reason)"
    case .foreignFolder(let path): "\(path) holds an experiment on other data"
    case .changedSet(let set, let path):
      "\(path) has rewards on another set that is called \(set); give this one another name"
    case .foreignMeasurement(let path, let difference):
      "\(path) holds a measurement that was begun with another \(difference)"
    case .otherVersion(let path):
      "\(path) was written by another version of this library; delete it or choose another folder"
    case .unusableScores(let path, let reason): "\(path): \(reason)"
    case .unusableFolder(let path): "\(path) cannot be made a folder"
    }
  }
}

extension ExperimentError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}

/// A member that its data or settings could not train, and why.
public struct FailedMember: Error, Sendable, Equatable, CustomStringConvertible {
  /// The member.
  public let member: MemberID
  /// The reason, in words that may follow the member's name and a colon.
  public let reason: String

  /// A member that failed for this reason.
  public init(_ member: MemberID, reason: String) {
    self.member = member
    self.reason = reason
  }

  /// Member and reason.
  public var description: String { "\(member): \(reason)" }
}
