/// How the hidden states of a text's tokens become the one that a head reads.
public enum StatePooling: String, Sendable, Codable, CaseIterable {
  /// The last token's state: a reward model's usual way, and that of PEFT's sequence classification.
  case last
  /// The mean of the states of all its tokens, each after the final norm.
  case mean

  /// As bundles say it.
  package var words: String { self == .last ? "last token" : "mean of all tokens" }
}
