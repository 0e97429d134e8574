/// The prompts that capability experts are trained on; validation prompts never.
public enum ExpertPrompts: String, Sendable, Hashable, Codable, CaseIterable {
  /// Only the base's training prompts, so that the aggregator's are new to every expert.
  case baseTraining
  /// The base's and the aggregator's training prompts, as the paper's released code does.
  case allTraining
}
