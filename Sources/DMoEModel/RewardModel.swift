public import DMoECore

public import struct Foundation.URL

/// A reward model: it says, as one number, how good a response to a prompt is. It is a double-layer mixture of experts
/// over a frozen language model.
///
/// ```swift
/// let model = try RewardModel(contentsOf: URL(fileURLWithPath: "my.dmoerm"))
/// let rewards = try model.scores(
///   prompt: "Why is the sky blue?", responses: ["Air scatters blue light more than red.", "It just is."])
/// print(rewards[0] > rewards[1])
/// ```
///
/// The outer layer routes a conversation to one task category; the inner layer asks all capability experts of that
/// category and makes one reward of their states. A difference of 1 between two rewards means odds of e : 1 before
/// normalization; with it, rewards are in deviations of the category's training rewards.
/// A value: scoring needs no lock and may run on any number of threads. Source: Quan, 2403.01197.
public struct RewardModel: Sendable {
  /// The settings of the model: everything but its weights.
  public internal(set) var configuration: Configuration {
    didSet { precondition(reader.reads(as: configuration), "RewardModel.configuration: read otherwise") }
  }
  /// Turns text into the states that rewards are made of.
  package internal(set) var reader: StateReader { didSet { identity = ModelIdentity() } }
  /// The outer mixture's gate; unused with a single category.
  package var router: Router { didSet { identity = ModelIdentity() } }
  /// The inner mixtures, one a category, in the order of the taxonomy.
  package internal(set) var inner: [InnerMoE] { didSet { identity = ModelIdentity() } }
  /// Of an ensemble over several backbones, the members after the first, each with its own; the model itself is the first.
  /// Empty for every other model.
  package internal(set) var companions: [RewardModel] = [] { didSet { identity = ModelIdentity() } }
  /// Changes with the weights, so that a prompt read with others is known.
  private(set) var identity = ModelIdentity()
  /// The temperature of the model: the difference of two rewards divided by it is the log-odds that people prefer the
  /// first response (`preferenceProbability`); changes no reward. Above 0 and finite; 1 until it is found on held-out
  /// pairs (`calibrate` of DMoETrain).
  public var temperature: Float = 1 {
    didSet { precondition(temperature > 0 && temperature.isFinite, "RewardModel.temperature: \(temperature)") }
  }
  /// Lets a model score of which no category is trained, by its small random heads, and one whose router is not trained, by
  /// its first category: to have what a trained model is compared with. Otherwise both are errors. Not kept in bundles.
  public var scoresUntrained = false
  /// Where the model comes from: free text by key, kept in the bundle.
  public var provenance: [String: String] = [:]
  /// What the model, or the base that it was trained on, was imported from; `nil` for a model that began here.
  public internal(set) var imported: ImportRecord?
  /// Whether training leaves the bases as they are, because they were trained before; not kept in bundles.
  public internal(set) var keepsBases = false

  /// An untrained model, ready for training: adapters that change nothing yet, and small random value heads.
  ///
  /// - Parameters:
  ///   - configuration: The settings of the model.
  ///   - url: A GGUF file or a Hugging Face folder, with a tokenizer.
  ///   - seed: Draws the adapters, heads and aggregators.
  ///   - options: The backend, threads and precision to compute with.
  /// - Throws: `ModelError`, `CoreError`, `TokenizerError` as `Backbone.init(contentsOf:)`; `ModelError.invalidSetting`.
  public init(
    configuration: Configuration, backbone url: URL, seed: UInt64, options: ComputeOptions = ComputeOptions()
  ) throws {
    try self.init(
      configuration: configuration, backbone: try Backbone(contentsOf: url, options: options), seed: seed,
      options: options)
  }

  /// The same, over a backbone that is in memory already.
  public init(
    configuration: Configuration, backbone: Backbone, seed: UInt64, options: ComputeOptions = ComputeOptions()
  ) throws {
    try configuration.validate(for: backbone.configuration)
    let numbers = backbone.configuration
    try self.init(
      configuration: configuration,
      reader: StateReader(configuration, backbone: backbone, options: options),
      router: Router(untrained: configuration, for: numbers, seed: seed),
      inner: configuration.taxonomy.categories.indices.map { index in
        InnerMoE(untrained: index, of: configuration, for: numbers, seed: seed)
      })
  }

  /// A model of its parts.
  ///
  /// - Parameters:
  ///   - reader: Reads as the configuration says.
  ///   - router: A gate for as many categories as the taxonomy has.
  ///   - inner: One for each category, in the order of the taxonomy.
  /// - Throws: `ModelError.invalidSetting` for a setting that no model can have, or none over the backbone.
  package init(configuration: Configuration, reader: StateReader, router: Router, inner: [InnerMoE]) throws {
    try configuration.validate(for: reader.backbone.configuration)
    precondition(reader.reads(as: configuration), "RewardModel: a reader of other settings")
    precondition(
      inner.map(\.category) == configuration.taxonomy.categories
        && router.head.outputs == configuration.taxonomy.categories.count
        && router.configuration == configuration.router,
      "RewardModel: parts of another taxonomy")
    precondition(
      inner.allSatisfy { !$0.isMixing || $0.combination == configuration.combination },
      "RewardModel: experts combined by another rule")
    self.configuration = configuration
    self.reader = reader
    self.router = router
    self.inner = inner
  }

  /// The same model, whose arithmetic runs by other options; its frozen weights stay as they were read.
  package func running(by options: ComputeOptions) throws -> RewardModel {
    var result = self
    result.reader.compute = try Compute(options)
    result.companions = try companions.map { try $0.running(by: options) }
    // The same weights: what was prepared stays of use.
    result.identity = identity
    return result
  }

  /// The same model, whose rewards are as its heads give them and not in deviations of the categories' training rewards. What
  /// was prepared by either is of use to both. Where a rule combines several rewards they stay in deviations: it needs one
  /// scale.
  @_spi(Command) public var withoutNormalization: RewardModel {
    guard companions.isEmpty else { return self }
    var result = self
    for index in result.inner.indices { result.inner[index].normalization = RewardNormalization() }
    result.identity = identity
    return result
  }

  /// The language model whose states are scored.
  public var backbone: Backbone { reader.backbone }
  /// The backend and threads that scoring runs on.
  package var compute: Compute { reader.compute }
  /// What the backbone's weights are kept as, whatever this model's own options say.
  package var precision: WeightPrecision { reader.precision }
  /// How many of the backbone's layers the experts use.
  package var depth: Int { reader.depth }
  /// The number of channels that heads read of a text.
  package var stateSize: Int { reader.stateSize }
  /// Whether the router has been trained or read.
  package var isRouterTrained: Bool { router.isTrained }

  /// The place of a category in `inner`.
  ///
  /// - Throws: `ModelError.unknownCategory`.
  package func index(ofCategory id: String) throws -> Int {
    guard let index = configuration.taxonomy.index(of: id) else { throw ModelError.unknownCategory(id) }
    return index
  }

  /// The categories with a trained base, in the order of the taxonomy: those that rewards can come from.
  public var trainedCategories: [String] { inner.filter(\.isBaseTrained).map(\.category.id) }

  /// Whether the category's rewards come from all its experts: they are trained, and so is the aggregator, unless a rule
  /// combines them (`Configuration.combination`).
  ///
  /// A category with a trained base that lacks an expert or the aggregator is scored by its base alone, as one without
  /// capability points is. Where an expert is missing, its breakdowns have no `capabilities`; where the aggregator alone is, as in
  /// a category whose base ordered its validation samples better, they have what the experts say beside the reward.
  public func isComplete(category id: String) -> Bool {
    configuration.taxonomy.index(of: id).map { inner[$0].isMixing || !companions.isEmpty && inner[$0].isBaseTrained }
      ?? false
  }
}
