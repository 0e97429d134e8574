import DMoEData
import DMoEEvaluate
import Foundation
import Testing
import _TestSupport

struct EvaluationRankingTests {
  /// Upstream's evaluation read ranks the other way round and would give these two the opposite (Docs/Fidelity.md, row 1).
  @Test func aPerfectScorerGetsOneAndItsNegationNothing() throws {
    let samples = try EvaluationSample.mixed()
    let rewards = EvaluationSample.perfectRewards(samples)
    let perfect = try RankingEvaluation(samples: samples, rewards: rewards)
    #expect(perfect.overall.accuracy.successes == 5 && perfect.overall.accuracy.total == 5)
    let negated = try RankingEvaluation(samples: samples, rewards: rewards.map { $0.map { -$0 } })
    #expect(negated.overall.accuracy.successes == 0 && negated.overall.accuracy.total == 5)
  }

  @Test func tiedRanksFormNoPair() throws {
    let sample = try EvaluationSample.make("a", ["x", "y"], ranks: [1, 1])
    let evaluation = try RankingEvaluation(samples: [sample], rewards: [[1, 0]])
    #expect(evaluation.overall.pairs == 0)
    #expect(evaluation.overall.meanLoss == nil)
    #expect(evaluation.samples == 1)
  }

  @Test func equalRewardsCountHalfAndAreReported() throws {
    let samples = try EvaluationSample.mixed()
    let evaluation = try RankingEvaluation(samples: samples, rewards: [[1, 0], [3, 3], [0, 0, 1], [0, 1]])
    // a right; b equal; c: one against three equal, seventeen against three right; d wrong.
    #expect(evaluation.overall.accuracy.successes == 3 && evaluation.overall.accuracy.total == 5)
    #expect(evaluation.overall.tiedRewards == 2)
  }

  @Test func theLongerReplyIsMeasuredOnTheSamePairs() throws {
    let samples = try EvaluationSample.mixed()
    let evaluation = try RankingEvaluation(samples: samples, rewards: [[1, 0], [1, 0], [0, 1, 2], [1, 0]])
    // a longer chosen; b shorter; c: one (3) over three (5) shorter, seventeen over three longer; d equal.
    #expect(evaluation.overall.longerReply.successes == 2.5 && evaluation.overall.longerReply.total == 5)
    // Of the two with the shorter chosen, both are wrong; a, seventeen and d are right.
    #expect(evaluation.overall.shorterChosen.successes == 0 && evaluation.overall.shorterChosen.total == 2)
    #expect(evaluation.overall.accuracy.successes == 3 && evaluation.overall.accuracy.total == 5)
    #expect(try abs(#require(evaluation.overall.difference) - 0.1) < 1e-12)
  }

  @Test func marginAndLossAreMeansOverPairs() throws {
    let samples = Array(try EvaluationSample.mixed().prefix(2))
    let evaluation = try RankingEvaluation(samples: samples, rewards: [[2, 0], [1, 0]])
    #expect(evaluation.overall.meanMargin == 0.5)
    let expected = (log(1 + exp(-2.0)) + log(1 + exp(1.0))) / 2
    #expect(try abs(#require(evaluation.overall.meanLoss) - expected) < 1e-12)
  }

  @Test func slicesPartThePairs() throws {
    let samples = try EvaluationSample.mixed()
    let evaluation = try RankingEvaluation(samples: samples, rewards: [[1, 0], [1, 0], [1, 0, 1], [1, 0]])
    #expect(evaluation.categories.map(\.name) == ["chat", "code"])
    #expect(evaluation.categories[0].accuracy.successes == 1 && evaluation.categories[0].accuracy.total == 2)
    #expect(evaluation.categories[1].accuracy.successes == 3 && evaluation.categories[1].accuracy.total == 3)
    #expect(evaluation.sources.map(\.name) == ["x", "y"])
    #expect(evaluation.languages.map(\.pairs) == [2, 3])
  }

  @Test func capabilityLabelsAreJudgedApartFromOverallPreferences() throws {
    let overall = try EvaluationSample.make("a", ["x", "yy"], ranks: [1, 2], category: "chat")
    let point = try EvaluationSample.make("a", ["x", "yy"], ranks: [2, 1], category: "chat", capability: "empathy")
    let evaluation = try RankingEvaluation(
      samples: [overall, point], rewards: [[1, 0], [1, 0]], expertRewards: [nil, [0, 5]])
    #expect(evaluation.overall.accuracy.successes == 1 && evaluation.overall.accuracy.total == 1)
    #expect(evaluation.capabilities.map(\.name) == ["chat/empathy"])
    #expect(evaluation.capabilities[0].accuracy.successes == 0 && evaluation.capabilities[0].accuracy.total == 1)
    #expect(
      evaluation.capabilities[0].expertAccuracy?.successes == 1 && evaluation.capabilities[0].expertAccuracy?.total == 1
    )
    #expect(evaluation.lengthCorrelation.responses == 2)
  }

  @Test func aGivenCategoryStandsInForTheSamples() throws {
    let samples = [try EvaluationSample.make("a", ["x", "y"], ranks: [1, 2])]
    let evaluation = try RankingEvaluation(samples: samples, rewards: [[1, 0]], categories: ["code"])
    #expect(evaluation.categories.map(\.name) == ["code"])
  }

  @Test(arguments: [[[Float]](), [[1]], [[1, .nan]], [[1, .infinity]]])
  func rewardsThatDoNotFitAreRefused(rewards: [[Float]]) throws {
    let samples = [try EvaluationSample.make("a", ["x", "y"], ranks: [1, 2])]
    #expect(throws: EvaluationError.self) { try RankingEvaluation(samples: samples, rewards: rewards) }
  }

  @Test func jsonReadsBackAndIsStable() throws {
    let samples = try EvaluationSample.mixed()
    let evaluation = try RankingEvaluation(samples: samples, rewards: EvaluationSample.perfectRewards(samples))
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let data = try encoder.encode(evaluation)
    #expect(try JSONDecoder().decode(RankingEvaluation.self, from: data) == evaluation)
    let reversed = try RankingEvaluation(
      samples: samples.reversed(), rewards: EvaluationSample.perfectRewards(samples.reversed()))
    #expect(reversed.categories == evaluation.categories)
  }

  @Test func theTableIsAligned() throws {
    let samples = try EvaluationSample.mixed()
    let table = try RankingEvaluation(samples: samples, rewards: [[1, 0], [1, 0], [1, 0, 1], [1, 0]]).textTable()
    let lines = table.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("slice"))
    #expect(lines[2].hasPrefix("overall"))
    #expect(lines[3].hasPrefix("category chat"))
    #expect(Set(lines[0...4].map(\.count)).count == 1)
    // Five pairs of four prompts, of which the third has two: a variance of (0.2² + 0.8² + 0.4² + 0.2²) / 5² = 0.0352 is that
    // of 0.16 / 0.0352 = 4.545 pairs, whose interval by Wilson is 0.3590 to 0.9662.
    #expect(lines[2].contains("80.0 %") && lines[2].contains("35.9–96.6") && lines[2].contains("+30.0"))
  }
}
