import DMoETrain

public import protocol Foundation.LocalizedError

/// What can be wrong with training a policy by a reward.
public enum RLError: Error, Equatable, Sendable {
  /// A reward function gave a number that is none.
  case rewardNotFinite(prompt: Int, completion: Int)
  /// A completion's array has not as many numbers as the completion has tokens.
  case shape(completion: Int, name: String, count: Int, expected: Int)
  /// Every completion of a batch is left out: without a reward, without tokens or cut off.
  case nothingToLearn(completions: Int)
  /// A reward function gave another number of rewards than it was given completions.
  case rewardCount(name: String, count: Int, expected: Int)
  /// The loss or a gradient is not a finite number; the policy is as before the step.
  case diverged(step: Int)
  /// A folder holds another run.
  case foreignRun(path: String, reason: String)
  /// Another process works in the folder of the run.
  case runInUse(path: String)
  /// The folder of a run is broken, or cannot be used.
  case unusableRun(path: String, reason: String)
  /// Two evaluations that are to be compared have other prompts, or other judges.
  case incomparable(String)
}

extension RLError: RunFailure {}

extension RLError: CustomStringConvertible {
  /// One sentence that says what is wrong and what to change.
  public var description: String {
    switch self {
    case .rewardNotFinite(let prompt, let completion):
      "the reward of completion \(completion) of prompt \(prompt) is not a finite number: a reward that cannot be "
        + "given is nil"
    case .shape(let completion, let name, let count, let expected):
      "completion \(completion) has \(expected) tokens, but \(count) \(name)"
    case .nothingToLearn(let completions):
      "none of \(completions) completions can be learned from: each is without a reward, empty or cut off"
    case .rewardCount(let name, let count, let expected):
      "the reward function \(name) gave \(count) rewards for \(expected) completions"
    case .diverged(let step):
      "the policy diverged at step \(step): the loss or a gradient is not finite; take a smaller learning rate"
    case .foreignRun(let path, let reason): "\(path) holds another run: \(reason)"
    case .runInUse(let path): "another process works in \(path)"
    case .unusableRun(let path, let reason): "the run in \(path) cannot go on: \(reason)"
    case .incomparable(let what): "the two evaluations have other \(what): only what is the same in both is compared"
    }
  }
}

extension RLError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
