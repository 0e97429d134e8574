@_spi(Command) import DMoELabel
import Testing

@Suite struct VoteTests {
  private static let zero = judgement(.first, .second)
  private static let one = judgement(.second, .first)
  private static let tie = judgement(.tie, .tie)
  private static let torn = judgement(.first, .first)
  private static let mute = judgement(.first, .unparsable)

  private static func judgement(_ forward: Verdict, _ reversed: Verdict) -> Judgement {
    Judgement(forward: ReplyReading(forward), reversed: ReplyReading(reversed))
  }

  @Test(arguments: VotePolicy.allCases, [zero, one, tie, torn, mute])
  func aSingleJudgesOutcomeStands(policy: VotePolicy, judgement: Judgement) {
    #expect(policy.vote([judgement]) == judgement.outcome)
  }

  @Test(
    arguments: [
      ([zero, zero, one], .consistent(chosen: 0)), ([zero, one], .inconsistent), ([tie, tie, zero], .tie),
      ([zero, zero, torn, torn], .inconsistent), ([zero, zero, mute, mute], .consistent(chosen: 0)),
      ([zero, mute], .consistent(chosen: 0)), ([zero, mute, mute], .unparsable), ([mute, mute], .unparsable),
      ([], .unparsable), ([zero, one, tie], .inconsistent), ([torn, torn, zero], .inconsistent),
      ([one, one, mute], .consistent(chosen: 1)),
    ] as [([Judgement], ComparisonOutcome)]) func moreThanHalfOfTheVotersDecide(
      judgements: [Judgement], outcome: ComparisonOutcome
    )
  {
    #expect(VotePolicy.majority.vote(judgements) == outcome)
    #expect(VotePolicy.majority.vote(judgements.reversed()) == outcome)
  }

  @Test(
    arguments: [
      ([zero, zero], .consistent(chosen: 0)), ([zero, zero, one], .inconsistent), ([tie, tie], .tie),
      ([zero, mute], .unparsable), ([zero, one, mute], .inconsistent), ([torn, mute], .inconsistent),
      ([torn, torn], .inconsistent), ([], .unparsable),
    ] as [([Judgement], ComparisonOutcome)]) func unanimityNeedsEveryJudge(
      judgements: [Judgement], outcome: ComparisonOutcome
    )
  {
    #expect(VotePolicy.unanimous.vote(judgements) == outcome)
  }

  @Test func votesAreAveragedOverThoseWhoVote() {
    #expect([Self.zero, Self.one, Self.tie, Self.zero].votedProbability == 0.625)
    #expect([Self.zero, Self.mute].votedProbability == 1)
    #expect([Self.mute].votedProbability == nil)
    #expect([Judgement]().votedProbability == nil)
    let sure = Judgement(
      forward: ReplyReading(.first, firstProbability: 0.75), reversed: ReplyReading(.second, firstProbability: 0.25))
    #expect([sure].votedProbability == 0.75)
    #expect([sure, Self.one].votedProbability == 0.375)
  }

  @Test func softLabelsComeFromWhereTheyWereAsked() throws {
    let reliability = try #require(JudgeReliability(consistent: 60, bothFirst: 20, bothSecond: 10))
    let judgements = [Self.one]
    #expect(SoftLabels.none.probability(judgements) == nil)
    #expect(SoftLabels.verdict.probability(judgements) == 0)
    #expect(
      SoftLabels.consistency.probability(judgements, reliabilities: [reliability]) == 1 - reliability.consistentAccuracy
    )
    #expect(SoftLabels.consistency.probability([Self.zero, Self.torn], reliabilities: [nil, nil]) == 0.75)
    #expect(SoftLabels.consistency.probability([Self.mute], reliabilities: [reliability]) == nil)
  }
}
