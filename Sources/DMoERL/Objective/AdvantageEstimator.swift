import DMoEData

/// The way in which rewards become advantages: how much better than expected a completion was.
public enum AdvantageEstimator: Sendable, Equatable, Codable {
  /// A reward less the mean of its group, the completions of one prompt, over a scale (GRPO; Shao et al., 2402.03300).
  case group(Scale)
  /// A reward less the mean of the others of its group (RLOO; Ahmadian et al., 2402.14740).
  case leaveOneOut
  /// A reward less the mean of the whole batch (REINFORCE with a baseline; Williams, 1992).
  case batchMean
  /// Every token's own: what came after it, less what a value head expected there (PPO; 1707.06347, 1506.02438).
  case generalized(GeneralizedAdvantage)

  // What these forms hold, as settings name it.
  enum GroupCodingKeys: String, CodingKey { case _0 = "scale" }
  enum GeneralizedCodingKeys: String, CodingKey { case _0 = "settings" }

  /// Whether a value head is trained for it.
  var usesValues: Bool { if case .generalized = self { true } else { false } }

  /// Whether a completion is compared with others of its prompt.
  var comparesGroups: Bool {
    switch self {
    case .group, .leaveOneOut: true
    case .batchMean, .generalized: false
    }
  }

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

extension AdvantageEstimator: SettingForms {
  /// One of each form.
  package static let examples: [Self] = [
    .group(.group), .leaveOneOut, .batchMean, .generalized(GeneralizedAdvantage()),
  ]
}
