import DMoEData
import DMoEModel
import Testing
import _TestSupport

@testable import DMoERL

@Suite struct RewardFunctionTests {
  private let length = RewardClosure("length") { _, texts in texts.map { Float($0.count) } }
  private let picky = RewardClosure("picky") { _, texts in texts.map { $0.isEmpty ? nil : 1 } }

  @Test func aSumOfRewardsIsWeighted() async throws {
    let sum = WeightedRewards("sum", [.init(length, weight: 0.5), .init(picky, weight: -1)])
    #expect(try await sum.rewards(prompt: "Q", completions: ["ab", "abcd"]) == [0, 1])
  }

  @Test func aSumWithAnAbstentionIsAnAbstention() async throws {
    let sum = WeightedRewards("sum", [.init(length, weight: 1), .init(picky, weight: 1)])
    #expect(try await sum.rewards(prompt: "Q", completions: ["", "a"]) == [nil, 2])
  }

  @Test func aFunctionThatGivesTooFewRewardsIsNamed() async {
    let short = RewardClosure("short") { _, _ in [1] }
    await #expect(throws: RLError.rewardCount(name: "short", count: 1, expected: 2)) {
      try await WeightedRewards("sum", [.init(short, weight: 1)]).rewards(prompt: "Q", completions: ["a", "b"])
    }
  }

  @Test func aSumTellsWhatItIsMadeOf() async throws {
    let sum = WeightedRewards("sum", [.init(length, weight: 2), .init(picky, weight: 1), .init(length, weight: 1)])
    let found = try await sum.judgments(prompt: "Q", completions: ["abc", ""])
    #expect(found.map(\.reward) == [10, nil])
    #expect(found[0].parts == ["length": 3, "picky": 1, "length (3)": 3])
    #expect(found[1].parts == ["length": 0, "length (3)": 0])
  }

  /// What a mixture's experts say, how far they are apart, and what its router is not certain of.
  @Test func aRewardModelGivesItsReasons() async throws {
    let model = try Self.model()
    let found = try await model.judgments(prompt: "Say a word", completions: ["word", "", "another word"])
    let rewards = try await model.rewards(prompt: "Say a word", completions: ["word", "", "another word"])
    #expect(found.map(\.reward) == rewards)
    #expect(found[1] == RewardJudgment(reward: nil))
    let breakdown = try model.breakdown(of: "word", to: "Say a word")
    let category = breakdown.category
    #expect(Set(found[0].parts.keys) == Set(breakdown.capabilities.map { category + "/" + $0.point }))
    #expect(found[0].disagreement == breakdown.disagreement)
    #expect(found[0].routerDoubt == breakdown.routing.max().map { 1 - $0 })
  }

  /// The worst of what the experts say, and their mean less their deviation: a cautious judge is the same model.
  @Test func aCautiousJudgeIsNeverAboveTheMean() async throws {
    let model = try Self.model()
    let texts = ["word", "another word", "a"]
    func rewards(_ rule: RewardCombination) async throws -> [Float] {
      try await model.combiningExperts(by: rule).rewards(prompt: "Say a word", completions: texts).compactMap { $0 }
    }
    let (mean, worst) = (try await rewards(.mean), try await rewards(.worstCase))
    let less = try await rewards(.meanLessDeviation(lambda: 1))
    #expect(mean.count == 3 && worst.count == 3 && less.count == 3)
    for place in texts.indices { #expect(worst[place] <= mean[place] && less[place] <= mean[place]) }
    let cautious = try model.combiningExperts(by: .worstCase)
    #expect(cautious.identity != model.identity)
  }

  private static func model() throws -> RewardModel {
    let taxonomy = try Taxonomy(
      ["chat", "code"].map { name in
        TaskCategory(id: name, points: ["one", "two", "three"].map { CapabilityPoint(id: $0) })
      })
    return try RewardModel.randomized(
      configuration: RewardModel.Configuration(
        taxonomy: taxonomy, base: LoRAConfiguration(rank: 2, dropout: 0),
        expert: LoRAConfiguration(rank: 2, dropout: 0), maximumTokens: 128),
      backbone: Backbone(contentsOf: FixtureFolder(of: "DMoEModelTests", "models").url("llama")), seed: 1)
  }
}
