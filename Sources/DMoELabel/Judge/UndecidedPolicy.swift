/// The treatment of comparisons without a consistent preference when labels are made of them.
public enum UndecidedPolicy: String, Sendable, Hashable, Codable, CaseIterable {
  /// They are left out, as in the paper.
  case drop
  /// They become ties with probability 0.5, which pull the rewards of the two responses together, or with the
  /// judges' own probability where soft labels are asked for.
  case soft
}
