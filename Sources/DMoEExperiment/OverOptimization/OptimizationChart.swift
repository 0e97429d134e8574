import DMoEReport

/// Curves of gain over the distance from where a policy began: what a proxy says dashed, what gold says solid.
struct OptimizationChart {
  /// The curve of one proxy.
  struct Series {
    let name: String
    /// Which of the colors.
    let color: Int
    let curve: OverOptimizationResult.Curve
    /// Whether what the proxy says is drawn, too, and how sure gold is.
    var isDetailed = true
    /// Whether it has a color of its own in a picture of several.
    var isInOverview = true
  }

  let series: [Series]
  let axes: Axes
  let height: Int

  /// Colors that differ in lightness too; there are no more.
  static let colors = BestOfNChart.limit

  /// Goes beside `ReportStyle.sheet` and `BestOfNChart.sheet`.
  static let sheet: StaticString = """
    .gain{fill:none;stroke-linejoin:round;stroke-linecap:round}.gain.gold{stroke-width:2.4}
    .gain.says{stroke-width:1.6;stroke-dasharray:5 4}.gain.fit{stroke:var(--soft);stroke-width:1;stroke-dasharray:1 3}
    .band{stroke:none;opacity:.16}.f0{fill:var(--blue)}.f1{fill:var(--orange)}.f2{fill:var(--green)}.f3{fill:var(--c3)}
    .f4{fill:var(--gray)}.f5{fill:var(--c5)}.f6{fill:var(--c6)}.f7{fill:var(--c7)}
    .panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,290px),1fr));gap:14px 26px}
    .panels h3{line-height:1.3}.panels .note{margin:0 0 2px;font-size:12px}.key i.dashed{border-top-style:dashed}
    """

  /// Axes that hold curves whole.
  static func axes(around curves: [OverOptimizationResult.Curve], proxies: Bool) -> Axes {
    let points = curves.flatMap(\.points)
    let values = points.flatMap { point -> [Double] in
      [0, point.gold.value, point.gold.lower, point.gold.upper] + (proxies ? [point.proxy.value] : [])
    }
    return Axes(
      x: Scale(0...max(0.1, points.map(\.distance).max() ?? 1)), y: Scale(covering: values, room: 0.04))
  }

  /// The chart as wide as there is room.
  var markup: Markup {
    .element(
      "svg", ["class": "plot", "role": "img", "aria-label": summary, "width": "100%", "height": "\(height)"],
      [.element("title", [:], "\(summary)")] + shapes)
  }

  /// The chart in a place of a picture, with room for the ticks to its left and below it.
  func markup(x: Int, y: Int, width: Int) -> Markup {
    .element(
      "svg",
      ["x": "\(x)", "y": "\(y)", "width": "\(width)", "height": "\(height)", "overflow": "visible"], shapes)
  }

  private var summary: String { series.map(Self.words).joined(separator: "; ") }

  private var shapes: [Markup] {
    var parts: [Markup] = []
    parts += axes.rows(at: axes.y.ticks(4)) { axes.y.text($0, count: 4) }
    parts += axes.columns(at: axes.x.ticks(4)) { axes.x.text($0, count: 4) }
    parts += [axes.level(0, style: "level"), axes.bands(series.filter(\.isDetailed).map(band))]
    parts.append(axes.curves(series.flatMap(lines)))
    return parts + series.filter(\.isDetailed).map(peak)
  }

  /// How sure gold is.
  private func band(of series: Series) -> (style: String, points: [(x: Double, lower: Double, upper: Double)]) {
    let points = series.curve.points.map { (x: $0.distance, lower: $0.gold.lower, upper: $0.gold.upper) }
    return ("band f\(series.color)", points)
  }

  /// What the proxy says and the fitted curve, if they are drawn, and gold on top.
  private func lines(of series: Series) -> [(style: String, points: [(x: Double, y: Double)])] {
    let gold = series.curve.points.map { (x: $0.distance, y: $0.gold.value) }
    let says = series.curve.points.map { (x: $0.distance, y: $0.proxy.value) }
    let own = (style: "gain gold c\(series.color)", points: gold)
    guard series.isDetailed else { return [own] }
    return [
      (style: "gain says c\(series.color)", points: says), (style: "gain fit", points: fitted(series.curve)), own,
    ]
  }

  /// A ring where gold is highest.
  private func peak(of series: Series) -> Markup {
    let point = series.curve.points[series.curve.peak]
    return .element(
      "circle",
      ["class": "ring", "cx": axes.across(point.distance), "cy": axes.down(point.gold.value), "r": "5"])
  }

  private func fitted(_ curve: OverOptimizationResult.Curve) -> [(x: Double, y: Double)] {
    guard let fit = curve.fit else { return [] }
    let most = curve.points.map(\.distance).max() ?? 0
    return (0...40).map { place in
      let distance = most * Double(place) / 40
      return (distance, fit.gain(at: distance))
    }
  }

  private static func words(_ series: Series) -> String {
    let points = series.curve.points
    let (peak, last) = (points[series.curve.peak], points[points.count - 1])
    func number(_ value: Double) -> String { NumberText.fixed(value, digits: 2) }
    return "\(series.name): gold \(number(peak.gold.value)) at its highest, \(number(last.gold.value)) at the end, "
      + "where the proxy says \(number(last.proxy.value))"
  }
}
