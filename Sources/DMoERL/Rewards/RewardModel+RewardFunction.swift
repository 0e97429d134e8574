public import DMoEData
public import DMoEModel
import DMoEPolicy

/// A reward model judges what a policy writes; the two may share one backbone. What it cannot judge, because a text is empty
/// or too long, is an abstention.
extension RewardModel: RewardFunction {
  /// "reward".
  public var name: String { "reward" }

  /// The rewards of the completions of one prompt, whose category its router chooses.
  public func rewards(prompt: Conversation, completions: [String]) async throws -> [Float?] {
    try rewards(orAbstaining: completions, to: prompt)
  }
}
