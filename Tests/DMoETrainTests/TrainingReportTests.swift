import DMoEData
import DMoEEvaluate
import DMoEReport
import Foundation
import Testing
import _TestSupport

@testable import DMoETrain

struct TrainingReportTests {
  private func report(
    _ metrics: String, title: String = "A run", facts: [(String, String)] = [],
    evaluations: [(name: String, RankingEvaluation)] = [], router: RouterEvaluation? = nil
  ) throws -> TrainingReport {
    try withTemporaryFolder { folder in
      try Data(metrics.utf8).write(to: folder.appendingPathComponent("metrics.jsonl"))
      return try TrainingReport(
        runFolder: folder, title: title, facts: facts, evaluations: evaluations, router: router)
    }
  }

  private func whole() throws -> TrainingReport {
    try report(
      ReportFixture.lines(ReportFixture.events()),
      facts: [
        ("backbone", "Tiny-1M, 4 layers"), ("taxonomy", "paper: 3 categories, 6 points"), ("date", "2026-01-02"),
      ],
      evaluations: [
        ("this model", ReportFixture.evaluation(skill: 0.8)), ("untrained", ReportFixture.evaluation(skill: 0)),
      ],
      router: ReportFixture.router())
  }

  @Test func everyPhaseIsThere() throws {
    let html = try whole().html()
    for phase in ReportFixture.phases where phase != .expert(category: "text", point: "logic") {
      #expect(html.contains("Loss of \(phase) over 120 steps"), "\(phase)")
    }
    #expect(html.contains("left out: 3 samples"))
    #expect(html.contains("Tiny-1M, 4 layers"))
  }

  @Test func tagsAreClosedInOrder() throws {
    let html = try whole().html()
    var open: [String] = []
    for match in html.matches(of: /<(\/?)([a-z0-9]+)[^>]*>/) where match.2 != "meta" {
      if match.1.isEmpty { open.append(String(match.2)) } else { #expect(open.popLast() == String(match.2)) }
    }
    #expect(open.isEmpty)
  }

  @Test func nothingIsFetchedOrRun() throws {
    let html = try whole().html().lowercased()
    for forbidden in ["http:", "https:", "//", "url(", "@import", "<script", "<link", "<img", "src="] {
      #expect(!html.contains(forbidden), "\(forbidden)")
    }
  }

  @Test func everyPictureHasWords() throws {
    let html = try whole().html()
    // Boxes inside a picture (curves, turned labels) belong to it; a picture says so itself, or is decoration.
    for match in html.matches(of: /<svg[^>]*>/) {
      let tag = String(match.0)
      let isInner = tag.contains("viewBox") || tag.contains("overflow")
      let isAxis = tag.contains("class=\"track\"") && tag.contains("height=\"16\"")
      #expect(isInner || isAxis || tag.contains("aria-hidden") || tag.contains("role=\"img\" aria-label=\""), "\(tag)")
    }
  }

  @Test func hostileTextIsOnlyText() throws {
    let hostile = "</title><script>alert('1')</script>\"&\u{0}"
    let phase = TrainingPhase.base(category: hostile.replacingOccurrences(of: "/", with: ""))
    let sample = try EvaluationSample.make("a", ["x", "y"], ranks: [1, 2], category: hostile, source: hostile)
    let evaluation = try RankingEvaluation(samples: [sample], rewards: [[1, 0]])
    let events: [TrainingEvent] = [
      .phaseStarted(ReportFixture.start(phase, firstStep: 0)),
      .step(ReportFixture.step(phase, 1, loss: 1)), .step(ReportFixture.step(phase, 2, loss: 1)),
      .phaseLeftOut(.base(category: "b"), reason: hostile),
    ]
    let html = try report(
      ReportFixture.lines(events), title: hostile, facts: [(hostile, hostile)], evaluations: [(hostile, evaluation)]
    ).html()
    #expect(!html.lowercased().contains("<script"))
    #expect(!html.contains("\u{0}"))
    #expect(html.contains("&lt;/title&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;\u{FFFD}"))
  }

  @Test func aTornLastLineIsLeftOutAndTold() throws {
    let phase = TrainingPhase.base(category: "chat")
    let lines = try ReportFixture.lines((1...3).map { .step(ReportFixture.step(phase, $0, loss: 1)) })
    let torn = try report(String(lines.dropLast(20)))
    #expect(torn.run[phase]?.steps.map(\.step) == [1, 2])
    #expect(torn.html().contains("1 line of metrics.jsonl could not be read"))
    #expect(try !report(lines).html().contains("could not be read"))
  }

  @Test func repeatedStepsOfAResumedPhaseAreToldOnce() throws {
    let phase = TrainingPhase.base(category: "chat")
    var events: [TrainingEvent] = [.phaseStarted(ReportFixture.start(phase, firstStep: 0))]
    events += (1...7).map { .step(ReportFixture.step(phase, $0, loss: 1)) }
    events.append(.phaseStarted(ReportFixture.start(phase, firstStep: 5)))
    events += (6...9).map { .step(ReportFixture.step(phase, $0, loss: 2)) }
    let record = try #require(RunRecord(events: events)[phase])
    #expect(record.steps.map(\.step) == Array(1...9))
    #expect(record.steps.filter { $0.loss == 2 }.map(\.step) == [6, 7, 8, 9])
  }

  @Test func lossesWithoutEndDoNotSpoilAPicture() throws {
    let points: [(x: Double, y: Double)] = [(1, .nan), (2, .infinity), (3, 0.5), (4, 0.4)]
    let chart = LineChart(summary: "s", series: [.raw(points), .smooth(points)])
    #expect(!chart.markup.source.contains("nan") && !chart.markup.source.contains("inf"))
  }

  @Test(arguments: [[-1e308, 1e308], [0, 5e-324], [1e300, 1.0000001e300], [7, 7], []])
  func extremeValuesHaveAPicture(values: [Double]) {
    let points = values.enumerated().map { (x: Double($0.offset), y: $0.element) }
    let source = LineChart(summary: "s", series: [.raw(points)]).markup.source
    #expect(!source.contains("nan") && !source.contains("inf"))
  }

  /// There is no room above all and below none.
  @Test(arguments: [[0.9, 1], [1, 1], [0, 0.1], [0, 1], []])
  func sharesEndAtNoneAndAll(values: [Double]) throws {
    let points = values.enumerated().map { (x: Double($0.offset), y: $0.element) }
    let chart = LineChart(
      summary: "s", series: [.init(role: .validation, points: points, hasDots: true)], isPercentage: true)
    let ticks = chart.markup.source.matches(of: />(−?[0-9]+)\u{A0}%</).compactMap {
      Double($0.1.replacing("−", with: "-"))
    }
    #expect(!ticks.isEmpty && ticks.allSatisfy { (0...100).contains($0) }, "\(ticks)")
    // The greatest value lies on the edge or below it.
    let heights = chart.markup.source.matches(of: /cy="(-?[0-9.]+)%"/).compactMap { Double($0.1) }
    #expect(heights.count == values.count && heights.allSatisfy { (0...100).contains($0) })
  }

  @Test func aNumberStaysOnOneLineWithItsPercentSign() throws {
    #expect(Markup("100.0 % of 3, a % b").source == "100.0\u{A0}% of 3, a % b")
    #expect(try !whole().html().contains(/[0-9] %/))
  }

  /// It cannot know: `dmoerm eval` takes what it is given. Who knows says so in the facts.
  @Test func nothingIsCalledHeldOut() throws {
    let html = try whole().html().lowercased()
    #expect(!html.contains("held out") && !html.contains("held-out"))
  }

  @Test func anEmptyRunIsAPage() throws {
    let html = try report("").html()
    #expect(html.hasPrefix("<!doctype html>") && html.contains("A run"))
  }

  @Test func aFolderWithoutMetricsIsRefused() throws {
    try withTemporaryFolder { folder in
      #expect(throws: TrainError.self) { try TrainingReport(runFolder: folder, title: "A run") }
    }
  }

  @Test func thePageIsWrittenWhole() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("report.html")
      let report = try whole()
      try report.write(to: url)
      #expect(try String(contentsOf: url, encoding: .utf8) == report.html())
    }
  }

  @Test(arguments: [
    (0.0...1.0, [0, 0.2, 0.4, 0.6, 0.8, 1]), (0.0...120.0, [0, 20, 40, 60, 80, 100, 120]),
    (-1.0...1.0, [-1, -0.5, 0, 0.5, 1]),
  ])
  func ticksAreRound(domain: ClosedRange<Double>, expected: [Double]) {
    let ticks = Scale(domain).ticks(6)
    #expect(ticks.count == expected.count)
    for (tick, value) in zip(ticks, expected) { #expect(abs(tick - value) < 1e-9) }
  }
}
