import DMoECore
import DMoEData
import DMoEModel
import Foundation
import Testing

@Suite struct RandomizedModelTests {
  static func model(seed: UInt64, routed: Bool = false) throws -> RewardModel {
    let fixtures = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    let backbone = try Backbone(contentsOf: fixtures.appendingPathComponent("models/llama"))
    let points = ["a", "b", "c"].map { CapabilityPoint(id: $0) }
    var categories = [TaskCategory(id: "first", points: points)]
    if routed { categories.append(TaskCategory(id: "second")) }
    return try RewardModel.randomized(
      configuration: RewardModel.Configuration(
        taxonomy: try Taxonomy(categories), expert: LoRAConfiguration(rank: 2, topLayers: 1),
        maximumTokens: backbone.configuration.contextLength),
      backbone: backbone, seed: seed)
  }

  @Test func everyExpertHasAnOpinionOfItsOwn() throws {
    let model = try Self.model(seed: 1)
    #expect(model.isComplete(category: "first"))
    let breakdown = try model.breakdown(of: "yes", to: try Conversation(prompt: "is it?"))
    #expect(Set(breakdown.capabilities.map(\.reward)).count == 3)
    #expect(breakdown.reward.isFinite)
  }

  @Test func theSeedDecidesTheRewards() throws {
    let rewards = try [1, 1, 2].map { try Self.model(seed: $0).score(prompt: "is it?", response: "yes") }
    #expect(rewards[0] == rewards[1])
    #expect(rewards[0] != rewards[2])
  }

  @Test func aCategoryWithoutPointsIsScoredByItsBase() throws {
    let model = try Self.model(seed: 1, routed: true)
    #expect(!model.isComplete(category: "second"))
    let reward = try model.score("yes", to: try Conversation(prompt: "is it?"), category: "second")
    #expect(reward.isFinite && reward != 0)
  }

  @Test func theRouterPrefersACategory() throws {
    let decision = try Self.model(seed: 1, routed: true).route(try Conversation(prompt: "is it?"))
    #expect(abs(decision.probabilities[0] - 0.5) > 1e-4)
  }
}
