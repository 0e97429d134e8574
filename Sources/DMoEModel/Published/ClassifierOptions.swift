/// How a published reward model is read, where its files leave a choice or are to be read otherwise than they say.
///
/// ```swift
/// var reading = ClassifierOptions()
/// reading.template = .llama3
/// reading.output = .label("helpfulness")
/// let model = try RewardModel(classifier: URL(fileURLWithPath: "published-model"), reading: reading)
/// ```
public struct ClassifierOptions: Sendable, Equatable {
  /// The output that is the reward, of a model that has several.
  public enum Output: Sendable, Equatable, Codable {
    /// The row with this label (`id2label` of its configuration) or, where none is spelled so, with this number.
    case label(String)
    /// The row with this number, from 0.
    case index(Int)
    /// The difference of two rows, each named as above, or, of a language model without a classifier's head, of the logits of two
    /// tokens: what a reranker's yes is worth over its no, not squashed.
    case difference(of: String, over: String)
  }

  /// The token whose run at the end of a text is passed over: the reward is read at the last token before it.
  public enum Padding: Sendable, Equatable {
    /// `pad_token_id` of config.json, as transformers' classifiers read it; none where it is missing. A head that is not
    /// transformers' (`value_head`, GGUF) is read at the last token.
    case configured
    /// The tokenizer's padding token or, if it has none, its end token: what TRL and RewardBench put in the configuration's
    /// place.
    case tokenizer
    /// The token with this spelling.
    case token(String)
    /// No token is passed over: the reward is read at the last one.
    case none
  }

  /// The template that the model was trained with; `nil` is the one that its files have.
  public var template: ConversationTemplate?
  /// The output that is the reward; `nil` is the only one.
  public var output: Output?
  /// The token that is passed over at the end of a text.
  public var padding: Padding
  /// Whether rewards are normalized by the `mean` and `std` that OpenRLHF writes into config.json; otherwise they are what
  /// the head gives.
  public var normalizesRewards: Bool
  /// The longest text in tokens; `nil` is what the backbone was made for.
  public var maximumTokens: Int?

  /// Options with these values; the defaults read the model as its files say.
  public init(
    template: ConversationTemplate? = nil, output: Output? = nil, padding: Padding = .configured,
    normalizesRewards: Bool = false, maximumTokens: Int? = nil
  ) {
    self.template = template
    self.output = output
    self.padding = padding
    self.normalizesRewards = normalizesRewards
    self.maximumTokens = maximumTokens
  }
}
