@_spi(Command) import DMoEData
@_spi(Command) import DMoELabel
import Testing

@Suite struct ComparisonOutcomeTests {
  @Test func agreementIsReadInTheOriginalOrder() {
    // In reversed order response 1 is shown first.
    #expect(ComparisonOutcome(forward: .first, reversed: .second) == .consistent(chosen: 0))
    #expect(ComparisonOutcome(forward: .second, reversed: .first) == .consistent(chosen: 1))
    #expect(ComparisonOutcome(forward: .tie, reversed: .tie) == .tie)
  }

  @Test func preferringAPositionIsInconsistent() {
    #expect(ComparisonOutcome(forward: .first, reversed: .first) == .inconsistent)
    #expect(ComparisonOutcome(forward: .second, reversed: .second) == .inconsistent)
  }

  @Test(arguments: [Verdict.first, .second]) func aTieInOneOrderOnlyIsInconsistent(verdict: Verdict) {
    #expect(ComparisonOutcome(forward: verdict, reversed: .tie) == .inconsistent)
    #expect(ComparisonOutcome(forward: .tie, reversed: verdict) == .inconsistent)
  }

  @Test(arguments: Verdict.allCases) func oneUnparsableVerdictIsEnough(verdict: Verdict) {
    #expect(ComparisonOutcome(forward: verdict, reversed: .unparsable) == .unparsable)
    #expect(ComparisonOutcome(forward: .unparsable, reversed: verdict) == .unparsable)
  }

  @Test(arguments: Verdict.allCases, Verdict.allCases)
  func exchangingTheResponsesExchangesTheOutcome(forward: Verdict, reversed: Verdict) {
    let outcome = ComparisonOutcome(forward: forward, reversed: reversed)
    let exchanged = ComparisonOutcome(forward: reversed, reversed: forward)
    if case .consistent(let chosen) = outcome {
      #expect(exchanged == .consistent(chosen: 1 - chosen))
    } else {
      #expect(exchanged == outcome)
    }
    #expect(forward.swapped.swapped == forward)
  }

  // MARK: training samples

  private func compared() throws -> RankedResponses {
    try RankedResponses(
      id: "s", source: "x", language: "en", conversation: "p", responses: ["a", "b"], ranks: [1, 2],
      category: "chat", margin: 3, annotator: "human")
  }

  @Test(arguments: [0, 1]) func consistentOutcomesRankTheChosenFirst(chosen: Int) throws {
    let sample = try ComparisonOutcome.consistent(chosen: chosen)
      .rankedResponses(for: compared(), capability: "empathy", annotator: "judge")
    #expect(sample?.pairs.map(\.chosen) == [chosen])
    #expect(sample?.capability == "empathy")
    #expect(sample?.category == "chat")
    #expect(sample?.annotator == "judge")
    #expect(sample?.probability == nil)
    #expect(sample?.margin == nil, "the margin was that of another preference")
  }

  @Test(arguments: [ComparisonOutcome.tie, .inconsistent]) func undecidedOutcomesFollowThePolicy(
    outcome: ComparisonOutcome
  ) throws {
    #expect(try outcome.rankedResponses(for: compared(), capability: "logic", annotator: nil) == nil)
    let soft = try outcome.rankedResponses(
      for: compared(), capability: "logic", annotator: nil, undecided: .soft)
    #expect(soft?.probability == 0.5)
    #expect(soft?.pairs.isEmpty == true)
    #expect(soft?.tiedPairs.count == 1)
  }

  @Test(arguments: UndecidedPolicy.allCases) func unparsableOutcomesAreLeftOut(policy: UndecidedPolicy) throws {
    #expect(
      try ComparisonOutcome.unparsable.rankedResponses(
        for: compared(), capability: nil, annotator: nil, undecided: policy) == nil)
  }

  @Test(
    arguments: [
      (.consistent(chosen: 0), 0.75, 0.75), (.consistent(chosen: 1), 0.25, 0.25), (.consistent(chosen: 0), 0.25, 0.5),
      (.consistent(chosen: 1), 0.75, 0.5), (.consistent(chosen: 0), 1, 1), (.tie, 0.625, 0.625),
      (.inconsistent, 0.375, 0.375),
    ] as [(ComparisonOutcome, Double, Float)]) func probabilitiesNeverTurnAVerdictRound(
      outcome: ComparisonOutcome, probability: Double, expected: Float
    ) throws
  {
    let sample = try outcome.rankedResponses(
      for: compared(), capability: "logic", annotator: nil, undecided: .soft, probability: probability)
    #expect(sample?.probability == expected)
    if case .consistent(let chosen) = outcome { #expect(sample?.pairs.map(\.chosen) == [chosen]) }
  }

  @Test(arguments: [-0.1, 1.1, Double.nan]) func onlyProbabilitiesAreTaken(probability: Double) {
    #expect(throws: DataError.self) {
      try ComparisonOutcome.consistent(chosen: 0).rankedResponses(
        for: compared(), capability: nil, annotator: nil, probability: probability)
    }
  }

  @Test func moreThanTwoResponsesAreRefused() throws {
    let three = try RankedResponses(id: "s", conversation: "p", responses: ["a", "b", "c"], ranks: [1, 2, 3])
    #expect(throws: DataError.rankCountMismatch(responses: 3, ranks: 2)) {
      try ComparisonOutcome.consistent(chosen: 0).rankedResponses(for: three, capability: nil, annotator: nil)
    }
  }
}
