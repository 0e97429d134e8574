import DMoEData
import DMoEEvaluate
import DMoETrain
import Testing

@testable import DMoEExperiment

/// Figures derived by hand from rewards that are written down.
@Suite struct MeasurementTests {
  private typealias Fixture = MeasurementFixture
  private let test = SetID.test("test")
  private let single = MemberID(contender: "single", seed: 1)
  private let second = MemberID(contender: "single", seed: 2)

  private func data() throws -> ExperimentData {
    try Fixture.data(tests: [.init(name: "test", samples: try Fixture.samples())])
  }

  private func contender(_ id: ContenderID, _ seeds: [UInt64] = [1]) -> ExperimentContender {
    ExperimentContender(id: id, structure: .single, seeds: seeds)
  }

  /// The same margins on validation and test.
  private func both(_ margins: [Float?]) -> [SetID: [ScoredSample?]] {
    [.validation: Fixture.scores(margins), test: Fixture.scores(margins)]
  }

  @Test func accuracyIsTheShareOfPairsOrderedRight() throws {
    // a right, b wrong, c equal (a half), d right: 2.5 of 4; the shorter was chosen in a alone.
    let result = try Fixture.result([contender("single")], data(), scores: [single: both([2, -1, 0, 1])])
    let own = try #require(result.row("single")?.result(on: test))
    #expect(own.pairs == 4 && own.accuracy.value == 0.625 && own.accuracyByMember == [0.625])
    #expect(own.shorterChosen == 1)
    #expect(own.categories.map(\.name) == ["chat", "code", "unlabeled"])
    #expect(own.categories.map(\.accuracy.value) == [1, 0.25, 1] && own.categories.map(\.pairs) == [1, 2, 1])
    // Without a source a sample is in none of them.
    #expect(own.sources.map(\.name) == ["x"] && own.sources[0].accuracy.value == 0.5)
  }

  /// Prompts are drawn, so one prompt alone has no spread: all its resamples are itself.
  @Test func intervalsAreOverPrompts() throws {
    let samples = [
      try Fixture.sample("a", prompt: "one", ["y", "no"]), try Fixture.sample("b", prompt: "one", ["yes", "no"]),
    ]
    let data = try Fixture.data(tests: [.init(name: "test", samples: samples)])
    let result = try Fixture.result(
      [contender("single")], data,
      scores: [single: [.validation: Fixture.scores([1, 1, 1, 1]), test: Fixture.scores([1, -1])]])
    let accuracy = try #require(result.row("single")?.result(on: test)).accuracy
    #expect(accuracy.value == 0.5 && accuracy.lower == 0.5 && accuracy.upper == 0.5)
  }

  @Test func severalMembersAreAMeanAndAnEnsembleIsOneModel() throws {
    // First right in a, c, d; second in b, c, d. The mean of both: 1.5 - 0.5 = a right, b right (3 - 1), c, d right.
    let scores = [single: both([2, -1, 1, 1]), second: both([-1, 3, 1, 1])]
    let result = try Fixture.result([contender("single", [1, 2])], data(), scores: scores)
    let each = try #require(result.row("single")?.result(on: test))
    #expect(each.accuracyByMember == [0.75, 0.75] && each.accuracy.value == 0.75)
    func row(_ kind: ExperimentResult.Reading.Kind) throws -> ExperimentResult.Row {
      try #require(result[.init(contender: "single", kind: kind)])
    }
    let mean = try row(.ensemble(rule: .mean))
    #expect(mean.result(on: test)?.accuracy.value == 1 && mean.membersAsked == 2)
    #expect(mean.name == "single, 2 seeds: mean")
    // The least reward of each response: a −1 against 0, b −1 against 0, c and d 1 against 0.
    #expect(try row(.ensemble(rule: .worstCase)).result(on: test)?.accuracy.value == 0.5)
    // a: mean 0.5, variance 1.5² = 2.25, so −0.625; b: mean 1, variance 4, so −1: both below 0.
    #expect(try row(.ensemble(rule: .uncertaintyWeighted(lambda: 0.5))).result(on: test)?.accuracy.value == 0.5)
  }

  @Test func theDifferenceIsOnThePairsThatBothCouldScore() throws {
    // The reference cannot read d, the other cannot read a: they meet on b and c, 1.5 of 2 against 1 of 2.
    let other = MemberID(contender: "other", seed: 1)
    let scores = [single: both([1, 1, -1, nil]), other: both([nil, 1, 0, -1])]
    let result = try Fixture.result([contender("single"), contender("other")], data(), scores: scores)
    let own = try #require(result.row("other")?.result(on: test))
    #expect(own.pairs == 3 && own.accuracy.value == 0.5)
    #expect(own.comparison?.pairs == 2 && own.comparison?.difference == 0.25 && own.comparison?.onlyFirst == 1)
    #expect(result.row("single")?.result(on: test)?.comparison == nil)
  }

  @Test func aPairThatOneMemberCannotReadIsLeftOut() throws {
    let scores = [single: both([1, 1, 1, nil]), second: both([nil, 1, -1, 1])]
    let result = try Fixture.result([contender("single", [1, 2])], data(), scores: scores)
    // Both read b and c alone: 1 and 0.5 of the two members. Each member's own figure is of all it can read.
    let own = try #require(result.row("single")?.result(on: test))
    #expect(own.pairs == 2 && own.accuracy.value == 0.75)
    #expect(own.accuracyByMember == [1, 2.0 / 3])
  }

  @Test func figuresAreGivenByLengthAndWithoutIt() throws {
    let result = try Fixture.result([contender("single")], data(), scores: [single: both([1, 1, -1, 1])])
    let own = try #require(result.row("single")?.result(on: test))
    #expect(own.lengths.map(\.name) == ["up to 500"] && own.lengths[0].pairs == 4)
    #expect(own.lengths[0].accuracy.value == 0.75)
    // d alone has responses of one length. With L = log 4 the log ratios are −L, L, L and 0, and the slope is
    // (−1 + 1 − 1) L / 3 L² = −1 / 3 L, so that 2/3, 4/3, −2/3 and 1 are left.
    #expect(own.lengthControl.matched.successes == 1 && own.lengthControl.matched.total == 1)
    #expect(own.lengthControl.removed.successes == 3 && own.lengthControl.removed.total == 4)
    let markdown = ExperimentReport(result: result, title: "Lengths").markdown()
    #expect(markdown.contains("## By length of text: test") && markdown.contains("partial r"))
  }

  /// It has no figures, and every other set keeps its own.
  @Test func aSetWithoutRewardsIsNotMeasured() throws {
    let data = try Fixture.data(tests: [
      .init(name: "test", samples: try Fixture.samples()), .init(name: "long", samples: try Fixture.samples()),
      .init(name: "empty", samples: []),
    ])
    var scores = both([1, 1, 1, 1])
    scores[.test("long")] = Fixture.scores([nil, nil, nil, nil])
    scores[.test("empty")] = []
    let length = ExperimentContender(id: "length", structure: .length)
    let result = try Fixture.result([contender("single"), length], data, scores: [single: scores])
    #expect(result.sets == [.validation, test, .test("long"), .test("empty")])
    let row = try #require(result.row("single"))
    #expect(row.result(on: .test("long")) == nil && row.result(on: .test("empty")) == nil)
    #expect(row.result(on: test)?.accuracy.value == 1)
    // The reference has nothing on those pairs, so that there is nothing to compare.
    let comparison = try #require(result.row("length")?.result(on: .test("long"))).comparison
    #expect(comparison?.pairs == 0 && comparison?.interval == nil)
    let report = ExperimentReport(result: result, title: "Sets")
    #expect(report.markdown().contains("Ranking accuracy: long") && report.html().contains("Sets"))
    #expect(!report.markdown().contains("Ranking accuracy: empty"))
  }

  @Test func routingCostsWhatTheNamedCategoryWouldHaveHadRight() throws {
    let mixture = ExperimentContender(id: "mixture", structure: .mixture)
    var scores = Fixture.scores([1, -1, -1, 1])
    // By their own categories a and b are right; c and d name none that can judge.
    scores[0]?.labeledRewards = [1, 0]
    scores[1]?.labeledRewards = [1, 0]
    let result = try Fixture.result(
      [mixture], data(),
      scores: [.init(contender: "mixture", seed: 1): [.validation: Fixture.scores([1, 1, 1, 1]), test: scores]])
    let own = try #require(result.row("mixture")?.result(on: test))
    #expect(own.routedAccuracy == 0.5 && own.labeledAccuracy == 1 && own.labeledPairs == 2)
  }

  @Test func expertsAreMeasuredOnTheirOwnPoints() throws {
    let samples = [
      try Fixture.sample("a", prompt: "one", ["y", "no"], category: "chat", capability: "empathy"),
      try Fixture.sample("b", prompt: "two", ["y", "no"], category: "chat", capability: "empathy"),
    ]
    let data = try Fixture.data(tests: [.init(name: "test", samples: samples)])
    // Experts (empathy, style): a right and wrong, b right and equal; the final reward right and wrong.
    let scores = zip([[Float(1), -1], [2, 0]], [Float(1), -1]).map { experts, final in
      ScoredSample(
        rewards: [final, 0], category: "code", experts: [[], []], labeledRewards: [final, 0],
        labeledExperts: [experts, [0, 0]])
    }
    let mixture = ExperimentContender(id: "mixture", structure: .mixture)
    let result = try Fixture.result(
      [mixture], data,
      scores: [.init(contender: "mixture", seed: 1): [.validation: Fixture.scores([1, 1, 1, 1]), test: scores]])
    let point = try #require(result.specializations.first)
    #expect(result.specializations.count == 1 && point.category == "chat" && point.point == "empathy")
    #expect(point.pairs == 2 && point.own == 1 && point.others == 0.25 && point.final == 0.5)
  }

  @Test func aRewardCostsTheMembersThatItAsks() throws {
    let costs = [
      single: TrainingCost(tokens: 100, seconds: 10, steps: 1),
      second: TrainingCost(tokens: 300, seconds: 20, steps: 1),
    ]
    let length = ExperimentContender(id: "length", structure: .length)
    let result = try Fixture.result(
      [contender("single", [1, 2]), length], data(), costs: costs,
      scores: [single: both([1, 1, 1, 1]), second: both([1, 1, 1, 1])])
    #expect(result.row("single")?.tokens == 200 && result.row("single")?.seconds == 15)
    let ensemble = result[.init(contender: "single", kind: .ensemble(rule: .mean))]
    #expect(ensemble?.tokens == 400 && ensemble?.seconds == 30)
    #expect(result.row("length")?.tokens == 0 && result.row("length")?.membersAsked == 0)
  }

  /// A prompt that one of them cannot read counts for none.
  @Test func bestOfNIsMeasuredOnThePromptsThatAllCanRead() throws {
    let prompts = try ["one", "two"].map {
      try BestOfNPrompt(conversation: Conversation(prompt: $0), responses: ["a", "bb"], gold: [1, 0])
    }
    let data = try Fixture.data(tests: [], bestOfN: prompts)
    func member(_ best: [Float?]) -> [SetID: [ScoredSample?]] {
      [.validation: Fixture.scores([1, 1, 1, 1]), .bestOfN: Fixture.scores(best)]
    }
    let other = MemberID(contender: "other", seed: 1)
    let result = try Fixture.result(
      [contender("single"), contender("other")], data, scores: [single: member([1, 1]), other: member([-1, nil])])
    let own = try #require(result.row("single")?.bestOfN)
    // One prompt: from both responses, the first has gold 1, the mean of both is a half.
    #expect(own.areaByPrompt.count == 1 && own.points.map(\.gold) == [0.5, 1])
    #expect(result.row("other")?.bestOfN?.points.map(\.gold) == [0.5, 0])
    // The mean along one step of the divergence: 0.75 and 0.25.
    let difference = try #require(result.row("other")?.areaDifference)
    #expect(difference.value == -0.5 && difference.lower == -0.5 && difference.upper == -0.5)
  }
}
