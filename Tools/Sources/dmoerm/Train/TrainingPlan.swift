@_spi(Command) import DMoERM
import Foundation

/// Everything that decides a training run but its data and backbone: what `--config` reads and `--print-config` writes.
struct TrainingPlan: Codable, Equatable {
  var model: ModelPlan
  var training: TrainingConfiguration

  init(model: ModelPlan = ModelPlan(), training: TrainingConfiguration = TrainingConfiguration()) {
    self.model = model
    self.training = training
  }

  /// The plan as JSON with every setting there is; one that is not set is null, so that it stays unset when it is read.
  func json() throws -> JSONValue {
    func value(_ plan: TrainingPlan) throws -> JSONValue {
      try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(plan))
    }
    return try value(self).naming(keysOf: value(Self.everythingSet))
  }

  /// A plan in which no optional setting is missing.
  private static let everythingSet: TrainingPlan = {
    var plan = TrainingPlan()
    let phase = PhaseTraining(
      learningRate: 1, epochs: 1, clipNorm: 1, validationInterval: 1, patience: 1, maximumSteps: 1)
    for path in [\TrainingConfiguration.base, \.expert, \.aggregator, \.router.phase] {
      plan.training[keyPath: path] = phase
    }
    plan.training.regularization = Regularization(languageModelling: .init(), batchSum: 0, headDropout: .init())
    for path in [\ModelPlan.base, \.expert] { plan.model[keyPath: path].topLayers = 1 }
    plan.model.router.depth = 1
    plan.model.router.adapter = plan.model.base
    plan.model.depth = 1
    plan.model.joinedRank = 1
    plan.model.aggregatorWidth = 2
    plan.model.template.bosToken = ""
    plan.model.template.systemMessage = ""
    return plan
  }()

  /// This plan with the values of a JSON object in place of its own; keys that are not given keep theirs.
  ///
  /// - Parameter place: Where the values come from, for errors.
  /// - Throws: `Failure` for values of the wrong kind and keys that do not exist.
  func overridden(by changes: JSONValue, in place: String) throws -> TrainingPlan {
    guard case .object = changes else { throw Failure("\(place): it is not a JSON object", status: .usage) }
    let own = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(self))
    let plan = try SettingFault.decode(TrainingPlan.self, from: own.overridden(by: changes), in: place)
    try SettingFault.checkKeys(of: changes, as: TrainingPlan.self, over: own, in: place)
    return plan
  }
}

/// The model's configuration but its taxonomy, which the data may decide.
struct ModelPlan: Codable, Equatable {
  /// An adapter's configuration, with projections by name.
  struct Adapter: Codable, Equatable {
    var rank: Int
    var alpha: Float
    var dropout: Float
    var targets: [String]
    var topLayers: Int?
    var usesRankStabilizedScaling: Bool

    init(_ configuration: LoRAConfiguration = LoRAConfiguration()) {
      rank = configuration.rank
      alpha = configuration.alpha
      dropout = configuration.dropout
      targets = configuration.targets.map { "\($0)" }
      topLayers = configuration.topLayers
      usesRankStabilizedScaling = configuration.usesRankStabilizedScaling
    }

    /// - Throws: `Failure` for a projection that does not exist.
    func configuration() throws -> LoRAConfiguration {
      LoRAConfiguration(
        rank: rank, alpha: alpha, dropout: dropout, targets: try targets.map(Projection.init(word:)),
        topLayers: topLayers, usesRankStabilizedScaling: usesRankStabilizedScaling)
    }
  }

  struct Router: Codable, Equatable {
    var pooling: StatePooling
    var depth: Int?
    var adapter: Adapter?
    var maximumTokens: Int
  }

  var base: Adapter
  var expert: Adapter
  var pooling: StatePooling
  var router: Router
  var routing: RewardModel.RoutingPolicy
  var depth: Int?
  var joinedRank: Int?
  var aggregatorWidth: Int?
  var maximumTokens: Int
  var lengthPolicy: RewardModel.LengthPolicy
  var template: ConversationTemplate

  /// The library's defaults, or another configuration's settings.
  init(_ configuration: RewardModel.Configuration = RewardModel.Configuration()) {
    base = Adapter(configuration.base)
    expert = Adapter(configuration.expert)
    pooling = configuration.pooling
    router = Router(
      pooling: configuration.router.pooling, depth: configuration.router.depth,
      adapter: configuration.router.adapter.map { Adapter($0) }, maximumTokens: configuration.router.maximumTokens)
    routing = configuration.routing
    depth = configuration.depth
    joinedRank = configuration.joinedRank
    aggregatorWidth = configuration.aggregatorWidth
    maximumTokens = configuration.maximumTokens
    lengthPolicy = configuration.lengthPolicy
    template = configuration.template
  }

  func configuration(taxonomy: Taxonomy) throws -> RewardModel.Configuration {
    RewardModel.Configuration(
      taxonomy: taxonomy, template: template, base: try base.configuration(), expert: try expert.configuration(),
      joinedRank: joinedRank, pooling: pooling,
      router: RouterConfiguration(
        pooling: router.pooling, depth: router.depth, adapter: try router.adapter?.configuration(),
        maximumTokens: router.maximumTokens),
      routing: routing, depth: depth, aggregatorWidth: aggregatorWidth, maximumTokens: maximumTokens,
      lengthPolicy: lengthPolicy)
  }
}

extension Projection {
  /// A projection by its short name ("query") or PEFT's ("q_proj").
  ///
  /// - Throws: `Failure`.
  init(word: String) throws {
    guard let match = Projection.allCases.first(where: { "\($0)" == word || $0.name == word }) else {
      let names = Projection.allCases.map { "\($0)" }.joined(separator: ", ")
      throw Failure("there is no projection \"\(word.onOneLine)\" to adapt; there are \(names)", status: .usage)
    }
    self = match
  }
}
