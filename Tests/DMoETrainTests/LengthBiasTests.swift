import DMoECore
import DMoEData
import DMoEEvaluate
import DMoEModel
import Foundation
import Testing
import _TestSupport

@testable import DMoETrain

/// What lengths explain, kept out of the reward.
@Suite struct LengthBiasTests {
  /// One pair; the first response has `words` words, the second one.
  private static func example(_ model: RewardModel, _ id: Int, words: Int, isFirstChosen: Bool) throws -> RankedExample
  {
    try #require(
      try RankedExample(
        RankedResponses(
          id: "\(id)", conversation: try Conversation(prompt: "Q \(id)"),
          responses: [Array(repeating: "yes", count: words).joined(separator: " "), "no"],
          ranks: isFirstChosen ? [1, 2] : [2, 1]), model.reader, RankingLoss()))
  }

  /// The longer one is chosen in three of four pairs whose lengths are all in the same ratio: log-odds of log 3.
  @Test func slopeIsTheLogOddsOfTheLongerOne() throws {
    let model = try TinyRun.model()
    let examples = try (0..<40).map { try Self.example(model, $0, words: 12, isFirstChosen: $0 % 4 != 0) }
    let bias = try LengthBias(of: examples, fastCompute)
    let ratio = abs(examples[0].logLengthRatio(examples[0].pairs[0]))
    #expect(ratio > 0.5)
    // The ridge is 0.001 of the mean loss.
    #expect(abs(bias.slope * ratio - log(3)) < 0.02)
    #expect(try LengthBias(of: [], fastCompute).slope == 0)
  }

  @Test func lossIsThatOfRewardsWithTheOffset() throws {
    let model = try TinyRun.model()
    let example = try Self.example(model, 0, words: 5, isFirstChosen: false)
    let relieved = example.relieved(of: try LengthBias(of: [example], fastCompute))
    let offset = try #require(relieved.pairs.first).offset
    #expect(offset != 0)
    let rewards: [Float] = [0.3, 0.7]
    let loss = RankingLoss()
    let (result, gradient) = loss.evaluate(rewards, [relieved], totalWeight: 1)
    let d = Double(rewards[1]) - Double(rewards[0]) + offset
    #expect(abs(result.loss - Logistic.softplus(-d)) < 1e-9)
    #expect(abs(Double(gradient[1]) - (Logistic.sigmoid(d) - 1)) < 1e-6 && gradient[0] == -gradient[1])
    // Right or wrong is by the rewards alone.
    #expect(result.correct == 1 && result.margin == Double(rewards[1]) - Double(rewards[0]))
  }

  /// Where nothing but length decides, nothing is left to learn; undisturbed, length is what is learned.
  @Test func warmStartLearnsWhatIsLeft() throws {
    let model = try TinyRun.model()
    let examples = try (0..<60).map { try Self.example(model, $0, words: 2 + $0 % 6, isFirstChosen: $0 % 4 != 0) }
    // One state: the length itself.
    let states = Matrix(
      120, 1, examples.flatMap { example in example.encoded.responses.map { Float(log(Double($0.count))) } })
    func slope(_ examples: [RankedExample]) throws -> Float {
      try WarmStart.direction(states, examples, scale: Matrix(row: [1]), ridges: [0.01], fastCompute)[0, 0]
    }
    let bias = try LengthBias(of: examples, fastCompute)
    let plain = try slope(examples)
    let left = try slope(examples.map { $0.relieved(of: bias) })
    #expect(plain > 0.3 && abs(left) < 0.1 * plain, "\(plain), \(left)")
  }

  @Test func aRunWithoutLengthBiasGivesOtherHeads() throws {
    let heads = try [false, true].map { debiases in
      try withTemporaryFolder { folder in
        try TinyRun.train(in: folder, TinyRun.configuration { $0.debiasesLength = debiases }).model.inner[0].base.head
          .weight.value.elements
      }
    }
    #expect(heads[0] != heads[1])
  }
}
