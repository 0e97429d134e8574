import DMoECore
import DMoEData
import DMoEReport
public import Foundation

/// A benchmark's result as one HTML page that needs no network.
public struct BenchmarkReport: Sendable {
  /// The page's heading.
  public let title: String
  /// Facts to show (model, files, ...), in order.
  public let facts: [(String, String)]
  /// What is shown.
  public let result: BenchmarkResult

  /// A page.
  ///
  /// - Parameters:
  ///   - title: The page's heading.
  ///   - facts: Facts to show, in order.
  ///   - result: What is shown.
  public init(title: String, facts: [(String, String)] = [], result: BenchmarkResult) {
    self.title = title
    self.facts = facts
    self.result = result
  }

  /// Writes the page; a reader sees the old page or the new one.
  ///
  /// - Throws: `CoreError.unwritableFile`.
  public func write(to url: URL) throws {
    try AtomicFile<CoreError>.write(Data(html().utf8), to: url)
  }

  /// The page as HTML.
  public func html() -> String {
    let tables = result.tables.map { table in
      Markup.section(
        ReportText.displayName(table.title),
        note: table.unit == .share
          ? "Shares with 95 % intervals by prompts; the ring is what choosing the longer reply gets."
          : "Numbers with 95 % intervals by prompts.",
        .card(table.unit == .share ? Self.chart(table) : .empty, Self.table(table)))
    }
    let notes = result.notes.map { Markup.element("p", ["class": "note"], "\($0)") }
    return ReportPage(
      title: title, facts: [("benchmark", result.benchmark.title)] + facts,
      content: [whole] + notes + tables + [experts],
      footer: "By the benchmark's own rules. Equal rewards are counted as its authors count them."
    ).html()
  }

  /// The one number, if there is one.
  private var whole: Markup {
    guard let overall = result.overall else { return .empty }
    return Markup.tiles([
      .tile(
        result.benchmark.title, NumberText.percent(overall.value),
        "95 %: \(NumberText.interval(Self.estimate(overall)))", isMain: true),
      .tile("longer reply", NumberText.percent(overall.longerReply), "the same rules"),
    ])
  }

  /// Scores of margins, such as that of Ties, may lie outside 0 ... 1, and their intervals wholly so.
  private static func estimate(_ score: BenchmarkScore) -> Estimate {
    Estimate(value: share(score.value), interval: share(score.lower)...share(score.upper))
  }

  private static func share(_ value: Double) -> Double { min(1, max(0, value)) }

  private static func chart(_ table: BenchmarkTable) -> Markup {
    DotIntervalChart(
      series: [.init(name: "model", mark: .dot), .init(name: "longer reply", mark: .ring, hasInterval: false)],
      rows: table.scores.map { score in
        DotIntervalChart.Row(
          label: score.name, detail: ReportText.count(score.items, "item"),
          values: [
            estimate(score),
            Estimate(value: share(score.longerReply), interval: share(score.longerReply)...share(score.longerReply)),
          ])
      }
    ).markup
  }

  private static func table(_ table: BenchmarkTable) -> Markup {
    .folded(
      "The numbers",
      .table(
        [table.title, "items", "prompts", "score", "95 % interval", "longer reply"],
        table.scores.map { $0.cells(table.unit).map { Markup($0) } }))
  }

  private var experts: Markup {
    guard !result.experts.isEmpty else { return .empty }
    return .section(
      "Experts",
      note: "What each capability expert's own rewards get on the items of its category, beside the model's.",
      .card(
        .table(
          ["expert", "items", "its score", "95 % interval", "the model's"],
          result.experts.map { expert in
            let cells = expert.score.cells(.share)
            return [cells[0], cells[1], cells[3], cells[4], NumberText.percent(expert.model)].map { Markup($0) }
          })))
  }
}
