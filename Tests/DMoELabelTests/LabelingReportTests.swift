@_spi(Command) import DMoEData
@_spi(Command) import DMoELabel
import Foundation
import Testing

@Suite struct LabelingReportTests {
  @Test func everyStateIsCountedOnce() {
    let records = [
      LabelingFixture.record([(.first, .second)]), LabelingFixture.record([(.second, .first)]),
      LabelingFixture.record([(.tie, .tie)]), LabelingFixture.record([(.first, .first)]),
      LabelingFixture.record([(.first, .tie)]), LabelingFixture.problem(.empty), LabelingFixture.problem(.refused),
      LabelingFixture.problem(.cutOff), LabelingFixture.problem(.cutOff), LabelingFixture.problem(.unreadable),
      LabelingFixture.record(.failed(kind: "timedOut")), LabelingFixture.record(.failed(kind: "refused")),
      LabelingFixture.record(.failed(kind: "timedOut")), LabelingFixture.record(.open),
    ]
    let slice = LabelingReport(records: records, judges: ["a"]).overall
    #expect(slice.comparisons == 14)
    #expect(slice.kept == 2 && slice.tie == 1 && slice.inconsistent == 2 && slice.open == 1)
    #expect(slice.unparsable == [.empty: 1, .refused: 1, .cutOff: 2, .unreadable: 1])
    #expect(slice.failed == ["timedOut": 2, "refused": 1])
    #expect(slice.judged == 10)
    #expect(slice.keptShare == Proportion(successes: 2, total: 10))
    // Readable in both orders are five; two consistent and a tie say the same twice.
    #expect(slice.selfConsistency == Proportion(successes: 3, total: 5))
  }

  @Test func aPreferenceForAPositionShows() {
    let records =
      Array(repeating: LabelingFixture.record([(.first, .first)]), count: 3)
      + [LabelingFixture.record([(.second, .second)]), LabelingFixture.record([(.second, .first)])]
      + [LabelingFixture.record([(.tie, .first)]), LabelingFixture.record([(.tie, .tie)])]
    let position = LabelingReport(records: records, judges: ["a"]).overall.position
    // The judgements with a tie are left out: seven verdicts of ten are for the first shown.
    #expect(position.bothFirst == 3 && position.bothSecond == 1 && position.consistent == 1)
    #expect(abs((position.firstShare ?? 0) - 0.7) < 1e-12 && abs((position.secondShare ?? 0) - 0.3) < 1e-12)
    // By hand: a = 4/7, b = 2/7, difference 2/7 ± 1.96 √((6/7 − 4/49) / 7) = 0.2857 ± 0.6523,
    // of which the share is half, from 0.5 on.
    #expect(abs(position.interval.lowerBound - 0.3167) < 1e-3 && abs(position.interval.upperBound - 0.9690) < 1e-3)
  }

  @Test func withoutJudgementsThereIsNoPositionBias() {
    #expect(PositionBias().firstShare == nil && PositionBias().interval == 0...1)
  }

  @Test func positionIntervalsHoldTheTruthAsOftenAsTheySay() {
    // 150 judgements, 15 % both first and 5 % both second: 55 % of verdicts. 1500 intervals cover it 95 ± 0.6 %; the
    // rest of the room is the approximation's own. Wilson's of 300 verdicts would cover it in 99.8 %.
    var random = Numbers(state: 9)
    var covered = 0
    for _ in 0..<1500 {
      let records = (0..<150).map { _ in
        let dice = random.below(20)
        return LabelingFixture.record([dice < 3 ? (.first, .first) : dice < 4 ? (.second, .second) : (.first, .second)])
      }
      if LabelingReport(records: records, judges: ["a"]).overall.position.interval.contains(0.55) { covered += 1 }
    }
    #expect((1390...1460).contains(covered))
  }

  @Test func peopleAreComparedWhereBothHaveAnOpinion() {
    let records = [
      LabelingFixture.record([(.first, .second)], human: .chosen(0)),
      LabelingFixture.record([(.second, .first)], human: .chosen(0)),
      LabelingFixture.record([(.second, .first)], human: .tie),
      LabelingFixture.record([(.tie, .tie)], human: .chosen(1)),
      LabelingFixture.record([(.tie, .tie)], human: .tie),
      LabelingFixture.record([(.first, .first)], human: .chosen(1)),
      LabelingFixture.record([(.unparsable, .first)], human: .chosen(1)),
      LabelingFixture.record([(.first, .second)]),
    ]
    let human = LabelingReport(records: records, judges: ["a"]).overall.human
    #expect(human.same == 1 && human.opposite == 1 && human.bothTie == 1)
    #expect(human.onlyFirstChooses == 1 && human.onlySecondChooses == 1)
    #expect(human.rate == Proportion(successes: 1, total: 2))
  }

  @Test func pointsAndSourcesAddUpToTheWhole() {
    let report = LabelingReport(records: LabelingFixture.run(points: 7, each: 20), judges: ["a"])
    #expect(report.points.count == 7)
    #expect(report.points.map(\.capability).first == "point-0")
    #expect(report.sources.map(\.source) == ["hh-rlhf", "mtmc"])
    for slices in [report.points, report.sources] {
      #expect(slices.reduce(0) { $0 + $1.comparisons } == report.overall.comparisons)
      #expect(slices.reduce(0) { $0 + $1.kept } == report.overall.kept)
      #expect(slices.reduce(0) { $0 + $1.selfConsistency.total } == report.overall.selfConsistency.total)
    }
  }

  @Test func eachJudgeHasItsOwnOutcomes() {
    let records = [
      LabelingFixture.record([(.first, .second), (.first, .second)], human: .chosen(0)),
      LabelingFixture.record([(.first, .second), (.second, .first)], human: .chosen(0), outcome: .inconsistent),
      LabelingFixture.record([(.first, .first), (.tie, .tie)], outcome: .inconsistent),
    ]
    let report = LabelingReport(records: records, judges: ["a", "b"])
    #expect(report.overall.kept == 1 && report.overall.inconsistent == 2)
    #expect(report.overall.selfConsistency == Proportion(successes: 5, total: 6))
    #expect(report.judges.map(\.overall.kept) == [2, 2])
    #expect(report.judges.map(\.overall.human.same) == [2, 1])
    #expect(report.judgePairs.count == 1)
    #expect(report.judgePairs[0].agreement.same == 1 && report.judgePairs[0].agreement.opposite == 1)
    #expect(report.judgePairs[0].agreement.comparisons == 2)
  }

  @Test func aFailureOfOneJudgeFailsTheComparisonAndNotTheOtherJudge() {
    let judged = Judgement(forward: ReplyReading(.first), reversed: ReplyReading(.second))
    let record = ComparisonRecord(
      category: nil, capability: nil, source: nil, states: [.judged(judged), .failed(kind: "timedOut")], outcome: nil,
      human: .chosen(0))
    let report = LabelingReport(records: [record], judges: ["a", "b"])
    #expect(report.overall.failed == ["timedOut": 1] && report.overall.judged == 0)
    #expect(report.overall.human.comparisons == 0)
    #expect(report.judges[0].overall.kept == 1 && report.judges[1].overall.failedCount == 1)
  }

  @Test func jsonReadsBack() throws {
    let report = LabelingReport(
      records: LabelingFixture.run(points: 3, each: 40, judges: 2), judges: ["a", "b"], cost: LabelingFixture.cost)
    #expect(try JSONDecoder().decode(LabelingReport.self, from: report.json()) == report)
    let empty = LabelingReport(records: [], judges: [])
    #expect(try JSONDecoder().decode(LabelingReport.self, from: empty.json()) == empty)
  }

  @Test func countsThatDoNotAddUpAreRefused() throws {
    let data = try LabelingReport(records: [LabelingFixture.record(.open)], judges: ["a"]).json()
    let text = String(decoding: data, as: UTF8.self).replacingOccurrences(of: "\"open\" : 1", with: "\"open\" : 2")
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(LabelingReport.self, from: Data(text.utf8)) }
    for counts in [#"{"consistent": -1, "bothFirst": 1, "bothSecond": 1}"#, "{}"] {
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(PositionBias.self, from: Data(counts.utf8)) }
    }
  }

  @Test func costsAddUp() {
    let total = LabelingFixture.cost.total
    #expect(total.requests == 8521 && total.promptTokens == 4_645_678 && total.money == "1.97123")
    let unpriced = LabelingCost(uses: [.init(name: "a", requests: 1, promptTokens: .max, completionTokens: 1)])
    #expect(unpriced.total.money == nil)
    #expect(LabelingCost(uses: unpriced.uses + unpriced.uses).total.promptTokens == .max)
    #expect(LabelingCost(uses: []).total.money == nil)
  }
}
