/// Counts as parts of bars of equal length, one bar a slice.
package struct StackedBarChart: Sendable {
  /// A series: every bar has a part of it.
  package struct Series: Sendable {
    /// The name in the legend.
    package var name: String
    /// The way in which it is drawn: colors differ in lightness too, so that they are told apart in any color vision
    /// and in print.
    package var shade: Shade

    /// A series.
    package init(name: String, shade: Shade) {
      self.name = name
      self.shade = shade
    }
  }

  /// A way in which a part is drawn.
  package enum Shade: String, Sendable { case blue, sky, orange, plum, dark, hollow }

  /// One slice.
  package struct Row: Sendable {
    /// The slice's name.
    package var label: String
    /// A remark on it, in small print.
    package var detail: String
    /// One a series.
    package var counts: [Int]
    /// The text to the right of the bar.
    package var value: String
    /// Whether it is set off as the whole.
    package var isTotal: Bool

    /// A row.
    package init(label: String, detail: String, counts: [Int], value: String, isTotal: Bool = false) {
      self.label = label
      self.detail = detail
      self.counts = counts
      self.value = value
      self.isTotal = isTotal
    }
  }

  private let series: [Series]
  private let rows: [Row]

  /// A chart; each row has as many counts as there are series, none negative.
  package init(series: [Series], rows: [Row]) {
    precondition(
      rows.allSatisfy { $0.counts.count == series.count && $0.counts.allSatisfy { $0 >= 0 } },
      "StackedBarChart: counts do not fit \(series.count) series")
    self.series = series
    self.rows = rows
  }

  /// Goes beside `ReportStyle.sheet` on pages with such a chart.
  package static let sheet: StaticString = """
    :root{--sky:#9bd0f2;--amber:#e69f00;--plum:#a3477f;--dark:#3a4450;--on-sky:#0b2233;--on-amber:#241800;
    --on-plum:#fff;--on-dark:#fff}
    @media (prefers-color-scheme:dark){:root{--sky:#2b6a96;--amber:#f0a030;--plum:#d98cba;--dark:#c9d2dc;
    --on-sky:#fff;--on-amber:#1d1300;--on-plum:#1f0a17;--on-dark:#10151b}}
    .part{stroke:var(--card);stroke-width:1.5}
    .part.blue{fill:var(--blue)}.part.sky{fill:var(--sky)}.part.orange{fill:var(--amber)}.part.plum{fill:var(--plum)}
    .part.dark{fill:var(--dark)}.part.hollow{fill:var(--grid);stroke:var(--gray);stroke-width:1;stroke-dasharray:3 2}
    svg text.in{text-anchor:middle;font-size:11px;font-weight:600}svg text.in.blue{fill:var(--on-blue)}
    svg text.in.sky{fill:var(--on-sky)}svg text.in.orange{fill:var(--on-amber)}svg text.in.plum{fill:var(--on-plum)}
    svg text.in.dark{fill:var(--on-dark)}svg text.in.hollow{fill:var(--soft)}
    @media print{.part{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
    """

  private static let barHeight = 20

  /// The chart with its legend.
  package var markup: Markup {
    .element("div", ["class": "legend"], series.map(Self.legend)) + .element("div", ["class": "bars"], rows.map(bar))
  }

  private static func legend(_ series: Series) -> Markup {
    .element(
      "span", ["class": "key"],
      .element(
        "svg", ["width": "14", "height": "14", "aria-hidden": "true"],
        .element(
          "rect", ["class": "part \(series.shade.rawValue)", "x": "1", "y": "1", "width": "12", "height": "12"])),
      "\(series.name)")
  }

  private func bar(_ row: Row) -> Markup {
    let total = row.counts.reduce(0, +)
    let spoken = zip(series, row.counts).filter { $0.1 > 0 }.map { "\($0.name) \($1)" }
    let summary = "\(row.label): " + (spoken.isEmpty ? "none" : spoken.joined(separator: ", "))
    var parts: [Markup] = [.element("title", [:], "\(summary)")]
    var start = 0.0
    for (series, count) in zip(series, row.counts) where count > 0 {
      let share = Double(count) / Double(total)
      parts += part(series, count, from: start, share: share)
      start += share
    }
    return .element(
      "div", ["class": row.isTotal ? "dotrow total" : "dotrow"],
      .element("span", ["class": "label"], "\(row.label)", .element("small", [:], "\(row.detail)")),
      .element(
        "svg",
        [
          "class": "track", "role": "img", "aria-label": summary, "width": "100%", "height": "\(Self.barHeight)",
        ], parts),
      .element("span", ["class": "value"], "\(row.value)"))
  }

  private func part(_ series: Series, _ count: Int, from start: Double, share: Double) -> [Markup] {
    let bar = Markup.element(
      "rect",
      [
        "class": "part \(series.shade.rawValue)", "x": start.cssPercent, "y": "1", "width": share.cssPercent,
        "height": "\(Self.barHeight - 2)",
      ], .element("title", [:], "\(series.name) \(count) (\(NumberText.percent(share)))"))
    // On the narrowest pages a bar is some 280 pixels and a digit 7.
    guard share * 280 > Double("\(count)".count * 7 + 6) else { return [bar] }
    return [
      bar,
      .element(
        "text",
        [
          "class": "in \(series.shade.rawValue)", "x": (start + share / 2).cssPercent, "y": "\(Self.barHeight / 2)",
          "dy": "0.35em",
        ], "\(count)"),
    ]
  }
}
