import DMoECore
import DMoEData
import Foundation
import _TestSupport

@testable import DMoEModel

/// A reward model over the tiny llama fixture with random adapters, heads, aggregators and router.
enum TinyModel {
  static let taxonomy = Taxonomy.checked([
    TaskCategory(id: "chat", points: [CapabilityPoint(id: "empathy"), CapabilityPoint(id: "style")]),
    TaskCategory(
      id: "code", points: [CapabilityPoint(id: "correct"), CapabilityPoint(id: "fast"), CapabilityPoint(id: "clear")]),
    TaskCategory(id: "other"),
  ])

  static func configuration(_ edit: (inout RewardModel.Configuration) -> Void = { _ in }) -> RewardModel.Configuration {
    var result = RewardModel.Configuration(
      taxonomy: taxonomy, base: LoRAConfiguration(rank: 2, dropout: 0), expert: LoRAConfiguration(rank: 2, dropout: 0),
      maximumTokens: 128)
    result.lengthPolicy = .error
    edit(&result)
    return result
  }

  /// An adapter with factors that are not 0.
  static func adapter(
    _ backbone: BackboneConfiguration, rank: Int = 2, topLayers: Int? = nil,
    targets: [Projection] = Projection.allCases, seed: UInt64
  ) -> LoRAAdapter {
    var result = LoRAAdapter(
      LoRAConfiguration(rank: rank, dropout: 0, targets: targets, topLayers: topLayers), for: backbone, seed: seed)
    var number = seed
    result.visitParameters("") { path, parameter in
      number += 1
      parameter.value = randomMatrix(parameter.value.rows, parameter.value.columns, seed: number, scale: 0.2)
    }
    return result
  }

  /// Untrained, as `RewardModel.init` makes it.
  static func untrained(
    backbone: Backbone? = nil, seed: UInt64 = 1, _ edit: (inout RewardModel.Configuration) -> Void = { _ in }
  ) throws -> RewardModel {
    try RewardModel(
      configuration: configuration(edit), backbone: backbone ?? ModelFixture.backbone("llama"), seed: seed,
      options: ModelFixture.options(fastCompute))
  }

  /// With experts and aggregators where a category has points, and a router that has opinions.
  static func model(
    backbone: Backbone? = nil, _ edit: (inout RewardModel.Configuration) -> Void = { _ in }
  ) throws -> RewardModel {
    var model = try untrained(backbone: backbone, edit)
    let numbers = model.backbone.configuration
    var seed: UInt64 = 100
    func expert() -> Expert {
      seed += 100
      return Expert(
        adapter: adapter(numbers, targets: [.query, .value, .down], seed: seed),
        head: ValueHead(randomMatrix(1, model.stateSize, seed: seed)))
    }
    for index in model.inner.indices {
      model.install(base: expert(), normalization: nil, at: index)
      let points = model.inner[index].category.points.count
      guard points > 0 else { continue }
      for point in 0..<points {
        try model.install(expert: CapabilityExpert(expert(), scale: RewardNormalization()), at: index, point: point)
      }
      try model.install(
        aggregator: Aggregator(inputs: points * model.stateSize, width: 6, seed: seed),
        normalization: RewardNormalization(mean: 0.1 * Float(index), deviation: 1 + Float(index)), at: index)
    }
    model.router.head = Linear(
      randomMatrix(model.inner.count, model.configuration.router.features(numbers.hiddenSize), seed: 9, scale: 0.5),
      bias: randomMatrix(1, model.inner.count, seed: 10))
    model.router.isTrained = true
    return model
  }
}

extension RewardModel {
  /// The same model, of whose category only the drawn base is there.
  func untraining(_ index: Int) -> RewardModel {
    var result = self
    result.inner[index] = InnerMoE(untrained: inner[index].category, base: inner[index].base)
    return result
  }

  /// The same model with some experts of a category, each on its scale, and no aggregator.
  func replacingExperts(of index: Int, by experts: [CapabilityExpert?]) throws -> RewardModel {
    var result = self
    let own = inner[index]
    result.inner[index] = try InnerMoE(
      category: own.category, base: own.base, experts: experts, normalization: own.normalization,
      combination: configuration.combination)
    return result
  }

  /// The same model with other scales of a category's experts; `nil` as if they had not been recorded.
  func rescalingExperts(of index: Int, to scales: [RewardNormalization]?) throws -> RewardModel {
    var result = self
    let own = inner[index]
    result.inner[index] = try InnerMoE(
      category: own.category, base: own.base,
      experts: own.experts.enumerated().map { place, expert in
        expert.map { CapabilityExpert($0.expert, scale: scales.map { $0[place] }) }
      }, aggregator: own.aggregator, normalization: own.normalization, combination: configuration.combination)
    return result
  }
}

extension Taxonomy {
  /// A taxonomy whose identifiers the test has chosen well.
  static func checked(_ categories: [TaskCategory]) -> Taxonomy {
    do { return try Taxonomy(categories) } catch { preconditionFailure("\(error)") }
  }
}
