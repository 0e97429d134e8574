import DMoECore
import DMoEData
import DMoEModel
import Testing
import _TestSupport

@testable import DMoEEvaluate
@testable import DMoETrain

/// Equal responses tie, whatever kernels multiply: CI runs this suite under every kernel set that its CPU can run.
@Suite struct EqualPairsInvarianceTests {
  private func model() throws -> RewardModel {
    try RewardModel.randomized(
      configuration: TinyRun.modelConfiguration(), backbone: Backbone(contentsOf: TinyRun.backbone), seed: 3,
      options: TinyRun.options)
  }

  /// Of every length up to twice what kernels take at a time, so that a text lies at every place of a product.
  private let texts = (1...24).map { [String](repeating: "word", count: $0).joined(separator: " ") }

  @Test func noneOfSoManyEqualPairsIsRight() throws {
    let items = try texts.enumerated().map { index, text in
      try BenchmarkItem(
        id: "\(index)", category: "math-prm", conversation: TinyRun.conversation("chat", index), correct: [text],
        incorrect: [text])
    }
    let result = try model().evaluate(.rewardBench, items)
    #expect(result.tables[0].scores.map(\.value) == [0])
    let four = try items.map {
      try BenchmarkItem(
        id: $0.id, category: "Math", conversation: $0.conversation, correct: [$0.responses[0]],
        incorrect: [String](repeating: $0.responses[0], count: 3))
    }
    // Of four equal rewards the right one is the greatest in one of four draws.
    #expect(try model().evaluate(.rewardBench2, four).tables[0].scores.map(\.value) == [0.25])
  }

  @Test func equalPairsCountHalfInAnEvaluation() throws {
    let samples = try texts.enumerated().map { index, text in
      try RankedResponses(
        id: "\(index)", conversation: TinyRun.conversation("code", index), responses: [text, text, "no"],
        ranks: [1, 2, 3], category: "code")
    }
    let evaluation = try model().evaluate(samples: samples)
    #expect(evaluation.overall.tiedRewards == texts.count && evaluation.overall.pairs == 3 * texts.count)
    let rewards = try model().breakdowns(of: samples, category: .routed).map { $0?.map(\.reward) }
    for own in rewards { #expect(own?[0] == own?[1]) }
  }

  @Test func anEqualPairTeachesNothing() throws {
    let model = try TinyRun.model()
    let sample = try RankedResponses(
      id: "a", conversation: "Say", responses: ["the same text", "other", "the same text"], ranks: [1, 2, 3],
      category: "chat")
    let example = try #require(try RankedExample(sample, model.reader, RankingLoss()))
    #expect(example.encoded.responses.count == 2)
    #expect(example.pairs.map(\.chosen) == [0, 0, 1] && example.pairs.map(\.rejected) == [1, 0, 0])
    // By hand: the pairs (0, 1) and (1, 0) pull against each other, (0, 0) is log 2 without a gradient.
    let (result, gradient) = RankingLoss().evaluate([0.5, 0.5], [example.ranking], totalWeight: 1)
    #expect(abs(result.loss - 0.693147180559945) < 1e-12 && gradient == [0, 0] && result.correct == 1.5)
  }

  @Test func equalTextsHaveOneEstimateOfAPosterior() throws {
    let samples = try TinyRun.samples().filter { $0.capability == nil && $0.category == "chat" }
    let posterior = try LaplacePosterior(TinyRun.model(), category: "chat", samples: samples, ridges: [0.1])
    let responses = texts.prefix(7).flatMap { ["yes 1", $0] }
    let found = try posterior.estimates(of: responses, to: TinyRun.conversation("chat", 3))
    #expect(found.count == 14 && Set(stride(from: 0, to: 14, by: 2).map { found[$0] }).count == 1)
  }

  @Test func theTrunkThatIsKeptIsTheTrunkThatIsComputed() throws {
    let model = try model()
    let samples = try TinyRun.samples(perCategory: 6).filter { $0.capability == nil }
    let trunk = TrunkCache(limit: 1 << 24)
    let first = try model.breakdowns(of: samples, category: .labeled, trunk: trunk)
    let second = try model.breakdowns(of: samples, category: .labeled, trunk: trunk)
    let none = try model.breakdowns(of: samples, category: .labeled, trunk: TrunkCache(limit: 0))
    #expect(first == second && first == none)
  }
}
