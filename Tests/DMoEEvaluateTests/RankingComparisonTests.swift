import DMoEData
import Testing

@testable import DMoEEvaluate

@Suite struct RankingComparisonTests {
  private func sample(_ id: String, _ prompt: String, _ category: String, capability: String? = nil) throws
    -> RankedResponses
  {
    try RankedResponses(
      id: id, conversation: Conversation(prompt: prompt), responses: ["yes", "no"], ranks: [1, 2], category: category,
      capability: capability)
  }

  private func lines(_ rewards: [[Float]?]) -> [RewardLine] {
    rewards.enumerated().map { RewardLine(id: "\($0.offset)", rewards: $0.element) }
  }

  private func samples() throws -> [RankedResponses] {
    try [
      sample("0", "p", "chat"), sample("1", "p", "chat"), sample("2", "q", "code"),
      sample("3", "q", "code", capability: "logic"), sample("4", "r", "code"),
    ]
  }

  @Test func pairsAreComparedOneByOne() throws {
    let comparison = try RankingComparison(
      samples: samples(), first: lines([[2, 1], [2, 1], [1, 2], [9, 0], [1, 0]]),
      second: lines([[1, 2], [1, 1], [2, 1], [0, 9], nil]))
    // Right, wrong; right, equal; wrong, right. The sample of a point and the one that the second cannot read do not count.
    let overall = comparison.overall
    #expect(overall.comparison.pairs == 3 && overall.comparison.onlyFirst == 2 && overall.comparison.onlySecond == 1)
    #expect(abs(overall.comparison.difference - 0.5 / 3) < 1e-12)
    #expect(overall.first.successes == 2 && overall.second.successes == 1.5)
    #expect(comparison.categories.map(\.name) == ["chat", "code"])
    #expect(comparison.categories.map(\.comparison.difference) == [0.75, -1])
    #expect(comparison.overLengthSamples == 1 && comparison.lengths.map(\.name) == ["up to 500"])
    // By prompts: the two pairs of "p" are drawn together, so that one draw of two has both prompts or one of them twice.
    #expect(overall.comparison.interval?.lowerBound == -1 && overall.comparison.interval?.upperBound == 0.75)
  }

  @Test func linesOfOtherShapesAreRefused() throws {
    let (samples, three) = (try samples(), lines([[1, 2], [1, 2], [1, 2]]))
    #expect(throws: EvaluationError.self) { try RankingComparison(samples: samples, first: three, second: three) }
    let short = lines([[1], [1, 2], [1, 2], [1, 2], [1, 2]])
    #expect(throws: EvaluationError.self) { try RankingComparison(samples: samples, first: short, second: short) }
  }
}
