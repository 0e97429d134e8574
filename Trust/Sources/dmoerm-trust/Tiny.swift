import Foundation

@testable import DMoECore
@testable import DMoEData
@testable import DMoEModel

/// The tiny model of the library's tests, which inputs are read for.
enum Tiny {
  static let options = ComputeOptions(threads: 1)

  static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Tests/DMoEModelTests/Fixtures/models")

  static let backbone = Result {
    try Backbone(contentsOf: fixtures.appendingPathComponent("llama/llama.f32.gguf"), options: options)
  }

  /// A model of random numbers over it.
  static func model(_ taxonomy: Taxonomy, rank: Int) throws -> RewardModel {
    var configuration = RewardModel.Configuration(
      taxonomy: taxonomy, base: LoRAConfiguration(rank: rank, dropout: 0),
      expert: LoRAConfiguration(rank: rank, dropout: 0), maximumTokens: 128)
    configuration.aggregatorWidth = 2
    configuration.lengthPolicy = .error
    return try RewardModel.randomized(
      configuration: configuration, backbone: try backbone.get(), seed: 7, options: options)
  }

  /// Two categories, one of them with capabilities.
  static let taxonomy = Result {
    try Taxonomy([
      TaskCategory(id: "chat", points: [CapabilityPoint(id: "empathy"), CapabilityPoint(id: "style")]),
      TaskCategory(id: "code"),
    ])
  }
}
