public import DMoEData

extension RewardModel {
  /// A rule for conversations that the router is not sure of.
  public enum RoutingPolicy: Sendable, Equatable, Codable {
    /// The most probable category gives the reward, however probable it is (the paper).
    case top1
    /// Below this probability of the first, the categories' normalized rewards are averaged by their probabilities.
    case mixture(threshold: Float)
    /// Below this probability of the first, the reward is that of a category which is trained for all conversations: its base
    /// learns the overall preferences of every category (the shared base), in place of its own alone.
    ///
    /// It is a category of the taxonomy as any other (`taxonomy(completing:)` adds it), so that it has rewards, golden texts and
    /// a name of its own in breakdowns, and may be asked for. What a router is unsure of is often of none of the categories, and
    /// then no mixture of specialists knows it. The router gives it a probability only where there are prompts of it. A model
    /// of one category, or one whose training left this one out, has nothing to fall back on, and keeps to the first.
    case fallback(threshold: Float, category: String)

    /// The category that is trained for all conversations, if there is one.
    public var fallbackCategory: String? { if case .fallback(_, let category) = self { category } else { nil } }

    /// A taxonomy with the category that is trained for all conversations, added at the end, without capability points, if it
    /// is missing.
    ///
    /// - Throws: `DataError` for an identifier that is none.
    public func taxonomy(completing taxonomy: Taxonomy) throws -> Taxonomy {
      guard let id = fallbackCategory, taxonomy.categories.count > 1, taxonomy[id] == nil else { return taxonomy }
      return try Taxonomy(taxonomy.categories + [TaskCategory(id: id)])
    }
  }

  /// The treatment of a text that is longer than `Configuration.maximumTokens`.
  public enum LengthPolicy: String, Sendable, Codable, CaseIterable {
    /// `ModelError.overLength`.
    case error
    /// The oldest turns are left out, as many as needed, and the breakdown says so; what is still too long is an error.
    case dropOldestTurns
  }

  /// The settings of a reward model: everything but its weights.
  ///
  /// ```swift
  /// let adapter = LoRAConfiguration(rank: 8, alpha: 16, topLayers: 10)
  /// let configuration = RewardModel.Configuration(taxonomy: .single, base: adapter, expert: adapter)
  /// let untrained = try RewardModel(configuration: configuration, backbone: backboneURL, seed: 1)
  /// ```
  ///
  /// As JSON they are read over others by `SettingsJSON`. `Codable` wants every key that is not optional, as
  /// a bundle has them: a default in place of one that is lost would change its rewards.
  public struct Configuration: Sendable, Equatable, Codable {
    /// The task categories with their capability points.
    public var taxonomy = Taxonomy.paper
    /// The template that turns a conversation into tokens.
    public var template = ConversationTemplate.chatML
    /// The adapter of every category's base.
    public var base = LoRAConfiguration()
    /// The adapter of every capability expert, on top of the base's.
    public var expert = LoRAConfiguration()
    /// The rank to which base and expert are joined in a finished expert (truncated singular value decomposition); `nil`
    /// keeps both exactly, at the sum of their ranks.
    public var joinedRank: Int?
    /// The hidden state that value heads and aggregators read of a response and its conversation; the last token's in
    /// the paper.
    public var pooling = StatePooling.last
    /// Depths below `depth`, from the lowest up, whose pooled states stand before its own in what value heads and aggregators
    /// read, each after the backbone's final norm; `nil` reads at `depth` alone.
    public var lowerDepths: [Int]?
    /// The token whose run at the end of a text is passed over: the state is that of the last token before it. transformers'
    /// classifiers read so; `nil` reads the last token, whatever it is.
    public var paddingID: Int32?
    /// The settings of the router.
    public var router = RouterConfiguration()
    /// The rule that makes one reward of the router's probabilities; the paper takes the most probable category's.
    public var routing = RoutingPolicy.top1
    /// The rule that makes one reward of the experts' own rewards; `nil` (the paper) leaves it to the aggregator over
    /// their states.
    public var combination: RewardCombination?
    /// The number of the backbone's layers that are used; `nil` means all.
    public var depth: Int?
    /// Inner size of the aggregator; `nil` means the hidden size (the paper's released code).
    public var aggregatorWidth: Int?
    /// The longest text in tokens, template included.
    public var maximumTokens = 2048
    /// The treatment of a conversation that is too long.
    public var lengthPolicy = LengthPolicy.dropOldestTurns

    /// The defaults; the paper's where it names one.
    public init() {}

    /// The defaults with these categories, adapters and longest text.
    public init(
      taxonomy: Taxonomy = .paper, base: LoRAConfiguration = LoRAConfiguration(),
      expert: LoRAConfiguration = LoRAConfiguration(), maximumTokens: Int = 2048
    ) {
      self.init()
      self.taxonomy = taxonomy
      self.base = base
      self.expert = expert
      self.maximumTokens = maximumTokens
    }

    /// The defaults with changes.
    ///
    /// ```swift
    /// let configuration = RewardModel.Configuration { $0.pooling = .mean }
    /// ```
    public init(_ change: (inout Configuration) throws -> Void) rethrows {
      self.init()
      try change(&self)
    }
  }
}

extension RewardModel.Configuration {
  /// The number of channels that heads read of a text over a backbone of this hidden size.
  package func stateSize(_ hiddenSize: Int) -> Int { ((lowerDepths?.count ?? 0) + 1) * pooling.width(hiddenSize) }

  /// What is read of a text, in words, as bundles have it.
  package var stateWords: String {
    guard let lowerDepths, !lowerDepths.isEmpty else { return pooling.words }
    return "\(pooling.words), after layers \(lowerDepths.map(String.init).joined(separator: ", ")) as well"
  }
}

extension RewardModel.RoutingPolicy: SettingForms {
  /// One of each form.
  package static let examples: [Self] = [
    .top1, .mixture(threshold: 0.5), .fallback(threshold: 0.5, category: "general"),
  ]
}
