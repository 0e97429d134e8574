import DMoEData
import Testing

@testable import DMoERL

@Suite struct RewardFunctionTests {
  private let length = RewardClosure("length") { _, texts in texts.map { Float($0.count) } }
  private let picky = RewardClosure("picky") { _, texts in texts.map { $0.isEmpty ? nil : 1 } }

  @Test func aSumOfRewardsIsWeighted() async throws {
    let sum = WeightedRewards("sum", [(length, 0.5), (picky, -1)])
    #expect(try await sum.rewards(prompt: "Q", completions: ["ab", "abcd"]) == [0, 1])
  }

  @Test func aSumWithAnAbstentionIsAnAbstention() async throws {
    let sum = WeightedRewards("sum", [(length, 1), (picky, 1)])
    #expect(try await sum.rewards(prompt: "Q", completions: ["", "a"]) == [nil, 2])
  }

  @Test func aFunctionThatGivesTooFewRewardsIsNamed() async {
    let short = RewardClosure("short") { _, _ in [1] }
    await #expect(throws: RLError.rewardCount(name: "short", count: 1, expected: 2)) {
      try await WeightedRewards("sum", [(short, 1)]).rewards(prompt: "Q", completions: ["a", "b"])
    }
  }
}
