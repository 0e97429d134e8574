public import DMoECore

/// What a backbone's files hold, for people: beside `Backbone.configuration`, what they are stored as, what is in them that a
/// backbone does not read, and what they cannot be used for as they are.
@_spi(Command) public struct BackboneFacts: Sendable, Equatable, Codable {
  /// Something that would be refused, with its reason.
  public struct Refusal: Sendable, Equatable, Codable {
    /// What a backbone is used for.
    public enum Use: String, Sendable, Codable, CaseIterable {
      /// Reading texts at all: scoring and training.
      case texts
      /// Reading them through the template in its files.
      case template
      /// The head in its files as a reward model's.
      case reward
      /// Its language-model head: a reranker's logits, and predicting tokens while training.
      case languageModel
    }

    /// What would be refused.
    public let use: Use
    /// Why, and what to do, in words that may follow the use and a colon.
    public let reason: String
  }

  /// The memory that the weights of all layers take in one precision.
  public struct Footprint: Sendable, Equatable, Codable {
    /// The precision.
    public let precision: WeightPrecision
    /// Bytes of the linear layers' weights, which are most of a backbone. Embeddings stay in the file, whatever the precision.
    public let bytes: Int
    /// Why nothing computes in it here; `nil` if something does.
    public let refusal: String?
  }

  /// The bytes of all weight files.
  public let bytes: Int
  /// The formats of the weights, the one that most numbers have first, such as "BF16" or "Q4_K, Q6_K".
  public let formats: [String]
  /// The name of the template in the files; `nil` without one, or if it is not known.
  public let template: String?
  /// What the tokenizer is, such as "88 tokens, llama3"; `nil` without one.
  public let tokenizer: String?
  /// The tensors of a head that is not read with the backbone; empty for most.
  public let head: [String]
  /// The head as a reward model's, such as "score.weight, 1 output"; `nil` without one, or if it is refused.
  public let reward: String?
  /// The labels of the head's outputs where it has several, of which an import must be told which is the reward.
  public let outputs: [String]
  /// What would be refused; empty if nothing would.
  public let refusals: [Refusal]
  /// What the layers take in memory, by precision.
  public let memory: [Footprint]

  /// Why one use would be refused; `nil` if it would not.
  public func refusal(of use: Refusal.Use) -> String? { refusals.first { $0.use == use }?.reason }
}
