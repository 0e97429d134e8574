/// The way in which rewards become advantages: how much better than expected a completion was.
public enum AdvantageEstimator: Sendable, Equatable, Codable {
  /// A reward less the mean of its group, the completions of one prompt, over a scale (GRPO; Shao et al., 2402.03300).
  case group(Scale)
  /// A reward less the mean of the others of its group (RLOO; Ahmadian et al., 2402.14740).
  case leaveOneOut
  /// A reward less the mean of the whole batch (REINFORCE with a baseline; Williams, 1992).
  case batchMean

  /// What the differences from the mean are divided by.
  public enum Scale: String, Sendable, Equatable, Codable, CaseIterable {
    /// The standard deviation of the group (GRPO).
    case group
    /// The standard deviation of the whole batch (2508.08221), which a group of almost equal rewards cannot blow up.
    case batch
    /// Nothing (Dr. GRPO; Liu et al., 2503.20783): easy and hard prompts count for what their rewards differ.
    case none
  }
}
