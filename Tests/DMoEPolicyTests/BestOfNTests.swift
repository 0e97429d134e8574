import DMoECore
import DMoEData
import DMoEModel
import Testing
import _TestSupport

@testable import DMoEPolicy

@Suite struct BestOfNTests {
  private let model: LanguageModel
  private let options = GenerationOptions(maximumTokens: 6, seed: 2)

  init() throws { model = try PolicyFixture.model("llama") }

  @Test func theBestIsTheOneWithTheGreatestReward() throws {
    let chosen = try model.best(of: 8, for: "Say a word", options: options) { _, responses in
      responses.map { Float($0.utf8.count) }
    }
    #expect(chosen.candidates.count == 8 && chosen.abstentions == 0)
    let best = try #require(chosen.best)
    #expect(chosen.candidates.allSatisfy { ($0.reward ?? 0) <= (best.reward ?? 0) })
    #expect(chosen.candidates.map(\.completion) == (try model.generate("Say a word", count: 8, options: options)))
  }

  @Test func anAbstentionIsCountedAndNeverTheBest() throws {
    let chosen = try model.best(of: 4, for: "Say a word", options: options) { _, responses in
      responses.indices.map { [nil, -7, .nan, -9][$0] }
    }
    #expect(chosen.abstentions == 2 && chosen.best?.reward == -7)
    #expect(chosen.candidates.map { $0.reward != nil } == [false, true, false, true])
    let none = try model.best(of: 2, for: "Say a word", options: options) { _, responses in responses.map { _ in nil } }
    #expect(none.best == nil && none.abstentions == 2)
    #expect(throws: PolicyError.rewardCount(found: 1, expected: 2)) {
      try model.best(of: 2, for: "Say a word", options: options) { _, _ in [1] }
    }
  }

  @Test func aRewardModelAbstainsWhereItCannotJudge() throws {
    let reward = try RewardModel(
      configuration: RewardModel.Configuration(), backbone: model.backbone, seed: 1,
      options: PolicyFixture.options(.reference))
    var scoring = reward
    scoring.scoresUntrained = true
    let rewards = try scoring.rewards(orAbstaining: ["a word", " \n", "two"], to: "Say a word")
    #expect(rewards[0] != nil && rewards[1] == nil && rewards[2] != nil)
    #expect(try rewards[2] == scoring.score("two", to: "Say a word"))
    // What is wrong with the model is no abstention.
    #expect(throws: ModelError.untrainedModel) { try reward.rewards(orAbstaining: ["a"], to: "Say a word") }
  }
}
