import DMoECore
public import DMoEData

extension RewardModel {
  /// A rule for conversations that the router is not sure of.
  public enum RoutingPolicy: Sendable, Equatable, Codable {
    /// The most probable category gives the reward, however probable it is (the paper).
    case top1
    /// Below this probability of the first, the categories' normalized rewards are averaged by their probabilities.
    case mixture(threshold: Float)
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
  public struct Configuration: Sendable, Equatable, Codable {
    /// The task categories with their capability points.
    public var taxonomy: Taxonomy
    /// The template that turns a conversation into tokens.
    public var template: ConversationTemplate
    /// The adapter of every category's base.
    public var base: LoRAConfiguration
    /// The adapter of every capability expert, on top of the base's.
    public var expert: LoRAConfiguration
    /// The rank to which base and expert are joined in a finished expert (truncated singular value decomposition); `nil`
    /// keeps both exactly, at the sum of their ranks.
    public var joinedRank: Int?
    /// The hidden state that value heads and aggregators read of a response and its conversation.
    public var pooling: StatePooling
    /// The token whose run at the end of a text is passed over: the state is that of the last token before it. transformers'
    /// classifiers read so; `nil` reads the last token, whatever it is.
    public var paddingID: Int32?
    /// The settings of the router.
    public var router: RouterConfiguration
    /// The rule that makes one reward of the router's probabilities.
    public var routing: RoutingPolicy
    /// The rule that makes one reward of the experts' own rewards; `nil` (the paper) leaves it to the aggregator over
    /// their states.
    public var combination: RewardCombination?
    /// The number of the backbone's layers that are used; `nil` means all.
    public var depth: Int?
    /// Inner size of the aggregator; upstream's is the hidden size.
    public var aggregatorWidth: Int?
    /// The longest text in tokens, template included.
    public var maximumTokens: Int
    /// The treatment of a conversation that is too long.
    public var lengthPolicy: LengthPolicy

    /// A configuration of these values; the defaults are the paper's where it names one.
    public init(
      taxonomy: Taxonomy = .paper, template: ConversationTemplate = .chatML,
      base: LoRAConfiguration = LoRAConfiguration(), expert: LoRAConfiguration = LoRAConfiguration(),
      joinedRank: Int? = nil, pooling: StatePooling = .last, paddingID: Int32? = nil,
      router: RouterConfiguration = RouterConfiguration(),
      routing: RoutingPolicy = .top1,
      combination: RewardCombination? = nil, depth: Int? = nil,
      aggregatorWidth: Int? = nil, maximumTokens: Int = 2048, lengthPolicy: LengthPolicy = .dropOldestTurns
    ) {
      self.taxonomy = taxonomy
      self.template = template
      self.base = base
      self.expert = expert
      self.joinedRank = joinedRank
      self.pooling = pooling
      self.paddingID = paddingID
      self.router = router
      self.routing = routing
      self.combination = combination
      self.depth = depth
      self.aggregatorWidth = aggregatorWidth
      self.maximumTokens = maximumTokens
      self.lengthPolicy = lengthPolicy
    }

    /// - Throws: `ModelError.invalidModel`; `CoreError.tooLarge` for more than this machine's memory.
    func validate(for backbone: BackboneConfiguration) throws {
      func require(_ condition: Bool, _ reason: String) throws {
        if !condition { throw ModelError.invalidModel(reason: reason) }
      }
      let layers = depth ?? backbone.layerCount
      try require(layers > 0 && layers <= backbone.layerCount, "depth \(layers) of \(backbone.layerCount) layers")
      try require(
        router.depth.map { $0 > 0 && $0 <= backbone.layerCount } ?? true,
        "router depth \(router.depth ?? 0) of \(backbone.layerCount) layers")
      for adapter in [base, expert] + (router.adapter.map { [$0] } ?? []) {
        try adapter.validate(for: backbone, layerCount: layers)
      }
      try require(
        maximumTokens > 0 && maximumTokens <= backbone.contextLength,
        "maximumTokens \(maximumTokens), the backbone reads up to \(backbone.contextLength)")
      try require(
        joinedRank.map { $0 > 0 && $0 <= LowRankFactorization.maximumRank } ?? true, "joinedRank \(joinedRank ?? 0)")
      try require(router.maximumTokens > 0, "router maximumTokens \(router.maximumTokens)")
      try require(aggregatorWidth.map { $0 >= 2 && $0 <= 1 << 16 } ?? true, "aggregatorWidth \(aggregatorWidth ?? 0)")
      if case .uncertaintyWeighted(let lambda) = combination {
        try require(lambda >= 0 && lambda.isFinite, "lambda \(lambda)")
      }
      if case .mixture(let threshold) = routing {
        try require((0...1).contains(threshold), "mixture threshold \(threshold)")
      }
      try Memory.require(floats: trainedFloats(over: backbone), for: "a model of these ranks and widths")
    }

    /// About how many numbers all adapters, heads and aggregators have together, once all are trained.
    private func trainedFloats(over backbone: BackboneConfiguration) -> Double {
      func adapter(_ own: LoRAConfiguration, _ depth: Int?, rank: Int? = nil) -> Double {
        let sides = own.targets.reduce(0.0) { sum, target in
          let shape = backbone.shape(of: target)
          return sum + Double(shape.outputs) + Double(shape.inputs)
        }
        return Double(own.layers(depth: depth ?? backbone.layerCount).count) * Double(rank ?? own.rank) * sides
      }
      let state = Double(pooling.width(backbone.hiddenSize))
      let width = Double(aggregatorWidth ?? backbone.hiddenSize)
      let (base, expert) = (adapter(base, depth), joinedRank.map { adapter(self.expert, depth, rank: $0) })
      let categories = taxonomy.categories.reduce(0.0) { sum, category in
        let points = Double(category.points.count)
        return sum + base + points * (expert ?? base + adapter(self.expert, depth)) + points * state * width
      }
      return categories + (router.adapter.map { adapter($0, router.depth ?? depth) } ?? 0)
    }
  }
}
