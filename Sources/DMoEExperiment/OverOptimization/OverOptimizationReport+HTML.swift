import DMoEReport
import DMoETrain

extension OverOptimizationReport {
  /// The page: HTML with its styles and pictures inside.
  public func html() -> String {
    let numbers = tables.filter { !$0.rows.isEmpty }.map { Markup.folded($0.title, $0.markup) }
    return ReportPage(
      title: title, facts: allFacts, sheets: [BestOfNChart.sheet, OptimizationChart.sheet],
      content: [
        summary,
        section(
          "Choosing the best of n",
          "Over √(log n − (n − 1)/n): how far the chosen texts are from those that the policy writes, in √nats.",
          \.bestOfNCurve),
        section(
          "Training a policy",
          "Over the root of the policy's divergence from where it began, in √nats; the mean over seeds.", \.policy),
        .section("Numbers", note: "What the pictures show, and more.", .card(numbers.joined)),
      ],
      footer: Self.unit
    ).html()
  }

  /// A curve for each row; those that the overview has are told apart by color.
  func shown(
    _ path: KeyPath<OverOptimizationResult.Row, OverOptimizationResult.Curve?>
  ) -> [OptimizationChart.Series] {
    let rows = result.rows.filter { $0.reading.kind != .length && $0[keyPath: path] != nil }
    let colored = rows.filter(\.isMain).prefix(OptimizationChart.colors).map(\.reading)
    return rows.enumerated().compactMap { place, row in
      let color = colored.firstIndex(of: row.reading)
      return row[keyPath: path].map {
        OptimizationChart.Series(
          name: row.name, color: color ?? place % OptimizationChart.colors, curve: $0, isInOverview: color != nil)
      }
    }
  }

  private var summary: Markup {
    let rows = result.rows.filter { $0.reading.isPlain && $0.structure != .length || $0.policy != nil }
    return .tiles(
      rows.prefix(6).map { row in
        let points = row.bestOfN.points
        let (peak, last) = (points[row.bestOfN.peak], points[points.count - 1])
        return .tile(
          row.name, Self.signed(last.gold.value),
          "gold at n = \(last.effort)\nhighest at n = \(peak.effort): \(Self.signed(peak.gold.value))\n"
            + "the proxy says \(Self.signed(last.proxy.value))", isMain: row.structure == .mixture)
      })
  }

  /// All golds in one picture, then a panel for each proxy, on the same axes.
  private func section(
    _ title: String, _ note: String, _ path: KeyPath<OverOptimizationResult.Row, OverOptimizationResult.Curve?>
  ) -> Markup {
    let all = shown(path)
    guard !all.isEmpty else { return .empty }
    let golds = all.filter(\.isInOverview).sorted { $0.color < $1.color }.map { series in
      var series = series
      series.isDetailed = false
      return series
    }
    let overview = OptimizationChart(
      series: golds, axes: OptimizationChart.axes(around: golds.map(\.curve), proxies: false), height: 260)
    let axes = OptimizationChart.axes(around: all.map(\.curve), proxies: true)
    let panels = all.map { series in
      Markup.element(
        "figure", [:], .element("h3", [:], "\(series.name)"),
        .element("p", ["class": "note"], "\(Self.words(series.curve))"),
        OptimizationChart(series: [series], axes: axes, height: 170).markup)
    }
    return .section(
      title, note: note,
      .card(
        .figure("Gold by every proxy", overview.markup), BestOfNChart.legend(golds.map(\.name))),
      .card(Self.legend, .element("div", ["class": "panels"], panels)))
  }

  /// What a curve came to, in a line.
  private static func words(_ curve: OverOptimizationResult.Curve) -> String {
    let (peak, last) = (curve.points[curve.peak], curve.points[curve.points.count - 1])
    let end = "gold \(signed(last.gold.value)) at the end"
    guard curve.peak < curve.points.count - 1 else { return end + ", and no turn yet" }
    return end + ", highest at \(NumberText.fixed(peak.divergence, digits: 1)) nats: \(signed(peak.gold.value))"
  }

  private static var legend: Markup {
    func key(_ style: String, _ text: Markup) -> Markup {
      .element("span", ["class": "key"], .element("i", ["class": style]), text)
    }
    return .element(
      "div", ["class": "legend"], key("", "gold, with its interval"), key("dashed", "what the proxy says"),
      .element("span", [:], "dotted: the fitted curve of gold"), .element("span", [:], "ring: where gold is highest"))
  }
}

extension OverOptimizationResult.Row {
  /// Whether it is among the few that the overview shows: the contender as it is, and its most careful readings.
  fileprivate var isMain: Bool {
    switch reading.kind {
    case .member, .posteriorLowerBound, .ensemble(.mean), .ensemble(.worstCase), .experts(.worstCase): true
    case .length, .posteriorMean, .ensemble, .experts: false
    }
  }

  /// The same, for a path beside `policy`.
  var bestOfNCurve: OverOptimizationResult.Curve? { bestOfN }
}
