import DMoEEvaluate
import Testing

@testable import DMoEExperiment

@Suite struct PooledAccuracyTests {
  private typealias Fixture = MeasurementFixture
  private let single = MemberID(contender: "single", seed: 1)
  private let other = MemberID(contender: "other", seed: 1)

  private func result() throws -> ExperimentResult {
    let data = try Fixture.data(tests: [
      .init(name: "test", samples: try Fixture.samples()),
      .init(name: "few", samples: Array(try Fixture.samples().prefix(2))),
    ])
    func scores(_ test: [Float?], _ few: [Float?]) -> [SetID: [ScoredSample?]] {
      [
        .validation: Fixture.scores([1, 1, 1, 1]), .test("test"): Fixture.scores(test),
        .test("few"): Fixture.scores(few),
      ]
    }
    return try Fixture.result(
      [
        ExperimentContender(id: "other", structure: .mixture), ExperimentContender(id: "single", structure: .single),
      ], data,
      scores: [single: scores([1, 1, -1, -1], [1, 1]), other: scores([1, 1, 1, -1], [-1, 1])])
  }

  @Test func setsCountByTheirPairs() throws {
    let result = try result()
    let sets: [SetID] = [.test("test"), .test("few")]
    let own = try #require(result.rows.first { $0.contender == "other" && $0.reading.isPlain })
    let pooled = try #require(PooledAccuracy(own, on: sets))
    // 3 of 4 and 1 of 2; the reference 2 of 4 and 2 of 2: (4 · 0.25 − 2 · 0.5) / 6 = 0.
    #expect(pooled.pairs == 6 && abs(pooled.accuracy - 4.0 / 6) < 1e-12)
    let difference = try #require(pooled.difference)
    #expect(abs(difference.value) < 1e-12 && difference.lower < 0 && difference.upper > 0)
    // The ends are those of the sets' own intervals, each by its share of the pairs.
    let ends = try sets.map { set -> Double in
      let comparison = try #require(own.result(on: set)?.comparison)
      return (try #require(comparison.interval).upperBound - comparison.difference) * Double(comparison.pairs) / 6
    }
    #expect(abs(difference.upper - (ends[0] * ends[0] + ends[1] * ends[1]).squareRoot()) < 1e-12)
    let reference = try #require(result[result.reference])
    #expect(PooledAccuracy(reference, on: sets)?.difference == nil)
    #expect(PooledAccuracy(own, on: []) == nil)
  }

  @Test func theReportBeginsWithAllSetsAndContendersComeFirst() throws {
    let result = try result()
    #expect(result.contendersFirst.first?.reading == result.reference)
    let plain = result.contendersFirst.map(\.reading.isPlain)
    #expect(plain == plain.sorted { $0 && !$1 } && result.contendersFirst.count == result.rows.count)
    let markdown = ExperimentReport(result: result, title: "Sets").markdown()
    let first = try #require(markdown.split(separator: "\n").first { $0.hasPrefix("## ") })
    #expect(first == "## All sets" && markdown.contains("| single | 50.0 | 100.0 | 6 | 66.7 | reference |"))
  }
}
