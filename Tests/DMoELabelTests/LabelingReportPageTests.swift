@_spi(Command) import DMoEData
@_spi(Command) import DMoELabel
import Foundation
import Testing

@Suite struct LabelingReportPageTests {
  static let hostile = "</title><script>alert('1')</script>\"&\u{0}"

  static let reports: [LabelingReport] = [
    LabelingReport(records: [], judges: []), LabelingReport(records: [], judges: ["a"]),
    LabelingReport(records: [LabelingFixture.record([(.first, .second)])], judges: ["a"]),
    LabelingReport(records: [LabelingFixture.record(.open, category: nil, capability: nil)], judges: ["a"]),
    LabelingReport(
      records: Array(repeating: LabelingFixture.record(.failed(kind: "timedOut")), count: 9), judges: ["a"],
      cost: LabelingCost(uses: [])),
    LabelingReport(
      records: LabelingFixture.run(points: 30, each: 27, judges: 3), judges: ["a", "b", "c"],
      cost: LabelingFixture.cost),
    LabelingReport(
      records: LabelingFixture.run(points: 2, each: 9, names: [hostile, String(repeating: "long-name", count: 30)])
        + [LabelingFixture.record(.failed(kind: hostile), category: hostile, capability: "同理心")], judges: [hostile],
      cost: LabelingCost(
        uses: [.init(name: hostile, requests: 1, promptTokens: 1, completionTokens: 1, money: hostile)],
        currency: hostile, uncertain: hostile, ceiling: hostile)),
  ]

  @Test(arguments: reports.indices) func tagsAreClosedInOrder(index: Int) {
    let report = Self.reports[index]
    var open: [String] = []
    for match in report.html(title: "A run").matches(of: /<(\/?)([a-z0-9]+)[^>]*>/) where match.2 != "meta" {
      if match.1.isEmpty { open.append(String(match.2)) } else { #expect(open.popLast() == String(match.2)) }
    }
    #expect(open.isEmpty)
  }

  @Test(arguments: reports.indices) func nothingIsFetchedOrRun(index: Int) {
    let report = Self.reports[index]
    let html = report.html(title: "A run").lowercased()
    for forbidden in ["http:", "https:", "//", "url(", "@import", "<script", "<link", "<img", "src=", "nan", "inf%"] {
      #expect(!html.contains(forbidden), "\(forbidden)")
    }
  }

  @Test(arguments: reports.indices) func everyPictureHasWords(index: Int) {
    let report = Self.reports[index]
    for match in report.html(title: "A run").matches(of: /<svg[^>]*>/) {
      let tag = String(match.0)
      let isInner = tag.contains("overflow")
      let isAxis = tag.contains("class=\"track\"") && tag.contains("height=\"16\"")
      #expect(isInner || isAxis || tag.contains("aria-hidden") || tag.contains("role=\"img\" aria-label=\""), "\(tag)")
    }
  }

  @Test func hostileTextIsOnlyText() {
    let html = Self.reports[6].html(title: Self.hostile, facts: [(Self.hostile, Self.hostile)])
    #expect(!html.contains("\u{0}"))
    #expect(html.contains("&lt;/title&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;\u{FFFD}"))
    #expect(html.contains("同理心"))
  }

  @Test func barsFillTheirTrack() throws {
    let html = Self.reports[5].html(title: "A run")
    var bars = 0
    for match in html.matches(of: /<svg class="track"[^>]*height="20">(.*?)<\/svg>/) {
      bars += 1
      let widths = match.1.matches(of: /<rect [^>]*width="([0-9.]+)%"/).compactMap { Double($0.1) }
      // Each is rounded to a hundredth.
      #expect(abs(widths.reduce(0, +) - 100) < 0.05)
    }
    #expect(bars == 31)
  }

  @Test func thePageIsWrittenWhole() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appendingPathComponent("report.html")
    try Data("old".utf8).write(to: url)
    try Self.reports[5].write(to: url, title: "A run", facts: [("judge", "a")])
    #expect(
      try String(contentsOf: url, encoding: .utf8) == Self.reports[5].html(title: "A run", facts: [("judge", "a")]))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["report.html"])
  }

  @Test(arguments: reports.indices) func textTablesHaveASliceALine(index: Int) {
    let report = Self.reports[index]
    let text = report.textTable()
    #expect(text.contains("comparisons") && text.contains("self-consistency"))
    #expect(text.hasSuffix("\n") && !text.contains(" \n"))
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
  }

  @Test func textTablesFitATerminal() {
    let records = LabelingFixture.run(
      points: 2, each: 27, names: ["同理心和个性和其他很长很长的名字", String(repeating: "long-name", count: 30)])
    let report = LabelingReport(records: records, judges: ["a"])
    for line in report.textTable(width: 90).split(separator: "\n") {
      // A Chinese character is two columns wide.
      #expect(line.unicodeScalars.reduce(0) { $0 + ($1.value >= 0x2E80 && $1.value < 0xA4D0 ? 2 : 1) } <= 90, "\(line)")
    }
    #expect(report.textTable(width: 90).contains("…"))
    #expect(!report.textTable().contains("…"))
  }

  @Test func moneyIsSaidByLabel() {
    let records = Array(repeating: LabelingFixture.record([(.first, .second)]), count: 3)
    let cost = LabelingCost(
      uses: [.init(name: "m", requests: 6, promptTokens: 10, completionTokens: 1, money: "0.01")], uncertain: "0.5",
      ceiling: "$5.00")
    let text = LabelingReport(records: records, judges: ["a"], cost: cost).textTable()
    #expect(text.contains("a kept label: $0.0033"))
    #expect(text.contains("perhaps billed besides: $0.50"))
    #expect(text.contains("ceiling: $5.00"))
    var euros = cost
    euros.currency = "eur"
    #expect(LabelingReport(records: records, judges: ["a"], cost: euros).textTable().contains("0.0033 eur"))
  }
}
