import DMoEFoundation
@_spi(Command) import DMoELabel
import Testing

@Suite struct JudgeReliabilityTests {
  @Test(arguments: [(0.9, 0.9), (0.95, 0.7), (0.6, 0.8), (0.75, 0.65), (0.99, 0.55)])
  func theEstimateFindsAJudgeThatFollowsTheModel(shownFirst: Double, shownSecond: Double) throws {
    var random = RandomSource(seed: 11)
    var judgements: [Judgement] = []
    var right = 0
    var consistent = 0
    for _ in 0..<200_000 {
      let better = Int.random(in: 0...1, using: &random)
      func verdict(betterIsFirst: Bool) -> ReplyReading {
        let isRight = Double.random(in: 0..<1, using: &random) < (betterIsFirst ? shownFirst : shownSecond)
        return ReplyReading(isRight == betterIsFirst ? .first : .second)
      }
      let judgement = Judgement(
        forward: verdict(betterIsFirst: better == 0), reversed: verdict(betterIsFirst: better == 1))
      judgements.append(judgement)
      if case .consistent(let chosen) = judgement.outcome {
        consistent += 1
        if chosen == better { right += 1 }
      }
    }
    let reliability = try #require(JudgeReliability(judgements))
    // The standard errors are near 0.001; where m is near one half the root triples them.
    #expect(abs(reliability.consistentAccuracy - Double(right) / Double(consistent)) < 0.01)
    #expect(abs(reliability.verdictAccuracy - (shownFirst + shownSecond) / 2) < 0.01)
    #expect(abs(reliability.positionBias - (shownFirst - shownSecond)) < 0.01)
  }

  @Test func fewComparisonsGiveNoEstimate() {
    #expect(JudgeReliability(consistent: 20, bothFirst: 5, bothSecond: 4) == nil)
    #expect(JudgeReliability(consistent: 20, bothFirst: 5, bothSecond: 5) != nil)
  }

  @Test func tiesAndUnparsableVerdictsAreNotCounted() {
    let choices = (0..<30).map { _ in Judgement(forward: ReplyReading(.first), reversed: ReplyReading(.second)) }
    let others: [Judgement] = [
      Judgement(forward: ReplyReading(.tie), reversed: ReplyReading(.tie)),
      Judgement(forward: ReplyReading(.first), reversed: ReplyReading(.tie)),
      Judgement(forward: ReplyReading(problem: .empty), reversed: ReplyReading(.second)),
    ]
    #expect(JudgeReliability(choices + others) == JudgeReliability(choices))
    #expect(JudgeReliability(choices.dropLast() + others) == nil)
  }

  @Test func countsAreSmoothed() throws {
    let perfect = try #require(JudgeReliability(consistent: 98, bothFirst: 0, bothSecond: 0))
    #expect(perfect.consistency == 0.99)
    #expect(perfect.firstShare == 0.5)
    #expect(perfect.consistentAccuracy < 1)
    #expect(perfect.consistentAccuracy > 0.99)
  }

  @Test func everyCountGivesAProbability() throws {
    for consistent in stride(from: 0, through: 60, by: 5) {
      for first in stride(from: 0, through: 60, by: 5) {
        for second in [0, 1, 30] where consistent + first + second >= 30 {
          let reliability = try #require(
            JudgeReliability(consistent: consistent, bothFirst: first, bothSecond: second))
          #expect((0.5...1).contains(reliability.consistentAccuracy))
          #expect(reliability.verdictAccuracy + abs(reliability.positionBias) / 2 <= 1 + 1e-12)
        }
      }
    }
  }

  @Test func aJudgeThatTossesACoinIsNotTrusted() throws {
    let coin = try #require(JudgeReliability(consistent: 50, bothFirst: 25, bothSecond: 25))
    #expect(coin.consistentAccuracy == 0.5)
  }
}
