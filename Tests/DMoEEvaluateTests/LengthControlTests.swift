import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEEvaluate

@Suite struct LengthControlTests {
  private func pair(_ difference: Double, _ chosen: Int, _ rejected: Int, prompt: Int) -> ScoredPair {
    ScoredPair(difference: difference, lengths: (chosen, rejected), textLength: max(chosen, rejected), prompt: prompt)
  }

  @Test func theShareOfLengthIsTakenOutOfTheReward() throws {
    let control = LengthControl([
      pair(2, 100, 100, prompt: 0), pair(2, 200, 100, prompt: 1), pair(-1, 100, 200, prompt: 2),
      pair(-0.5, 100, 100, prompt: 3),
    ])
    // With L = log 2 the slope is (2 L + L) / 2 L² = 1.5 / L: 2, 0.5, 0.5 and -0.5 are left.
    #expect(control.removed.successes == 3 && control.removed.total == 4)
    #expect(control.matched.successes == 1 && control.matched.total == 2)
    // Σ d = 2.5 and Σ d² = 9.25 over four pairs; lengths of both signs cancel, so that preference and length have none.
    let (whole, together) = (2.5 / 37.0.squareRoot(), 3 / 18.5.squareRoot())
    #expect(abs(try #require(control.correlation) - whole) < 1e-12)
    #expect(abs(try #require(control.rewardAndLength) - together) < 1e-12)
    let expected = whole / (1 - together * together).squareRoot()
    #expect(abs(try #require(control.partialCorrelation) - expected) < 1e-12)
  }

  @Test func aRewardThatIsLengthKnowsNothingElse() throws {
    let pairs = [(300, 100), (100, 200), (150, 100), (500, 100)].enumerated().map { place, lengths in
      pair(log(Double(lengths.0)) - log(Double(lengths.1)), lengths.0, lengths.1, prompt: place)
    }
    let control = LengthControl(pairs)
    // Rewards along length: what is left is rounding, and no correlation is defined.
    #expect(control.partialCorrelation == nil && control.matched.total == 0)
    #expect(abs(try #require(control.rewardAndLength) - 1) < 1e-12)
  }

  @Test func withoutPairsNothingIsSaid() {
    let control = LengthControl([])
    #expect(control.removed.total == 0 && control.correlation == nil && control.partialCorrelation == nil)
  }

  @Test func pairsAreSlicedByWhatIsRead() throws {
    let samples = try [1, 600, 3000, 5000].enumerated().map { place, length in
      try EvaluationSample.make("\(place)", [String](repeating: "a", count: length).joined() + "b", other: "c")
    }
    let evaluation = try RankingEvaluation(samples: samples, rewards: [[1, 0], [1, 0], [0, 1], [1, 0]])
    #expect(evaluation.lengths.map(\.name) == ["up to 500", "501 to 1,000", "2,001 to 4,000", "over 4,000"])
    #expect(evaluation.lengths.map(\.accuracy.value) == [1, 1, 0, 1])
  }

  @Test func pairsOfAPromptAreWorthAsMuchAsTheyVary() throws {
    let samples = try (0..<6).map { place in
      try RankedResponses(
        id: "\(place)", conversation: Conversation(prompt: "prompt \(place / 3)"), responses: ["a \(place)", "b"],
        ranks: [1, 2])
    }
    let evaluation = try RankingEvaluation(samples: samples, rewards: (0..<6).map { $0 < 3 ? [1, 0] : [0, 1] })
    // Two prompts, one all right and one all wrong: as sure as two pairs.
    #expect(evaluation.overall.accuracy.successes == 3 && evaluation.overall.accuracy.total == 6)
    #expect(abs(evaluation.overall.accuracy.independent - 2) < 1e-9)
  }
}

extension EvaluationSample {
  fileprivate static func make(_ id: String, _ response: String, other: String) throws -> RankedResponses {
    try make(id, [response, other], ranks: [1, 2])
  }
}
