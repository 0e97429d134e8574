import DMoEReport

extension OverOptimizationReport {
  /// A panel for each of the main proxies as one SVG picture, for pages that hold no HTML: what the proxy says dashed, gold solid;
  /// first for the best of n, then for trained policies.
  public func picture() -> String {
    var parts: [Markup] = []
    var y = 0
    for (title, curves) in [
      ("Choosing the best of n, over √nats", shown(\.bestOfNCurve)), ("Training a policy, over √nats", shown(\.policy)),
    ] {
      let series = curves.filter(\.isInOverview)
      guard !series.isEmpty else { continue }
      parts.append(Self.text(title, x: 10, y: y + 22, style: "title"))
      parts += Self.panels(series, from: y + Self.titleHeight)
      y += Self.titleHeight + (series.count + Self.columns - 1) / Self.columns * Self.panelHeight
    }
    let legend =
      "Solid: gold, with its 95 % interval. Dashed: what the proxy says. Dotted: the fitted gold. Ring: gold at its highest."
    parts.append(Self.text(legend, x: 10, y: y + 12, style: "legend"))
    let (width, height) = (Self.columns * Self.panelWidth + 10, y + 24)
    return Markup.element(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "viewBox": "0 0 \(width) \(height)", "width": "\(width)",
        "height": "\(height)", "role": "img", "aria-label": title,
      ],
      [
        .style(OptimizationChart.sheet), .style(Self.sheet),
        .element("rect", ["class": "page", "width": "100%", "height": "100%"]),
      ] + parts
    ).source + "\n"
  }

  private static let (columns, panelWidth, panelHeight, titleHeight) = (4, 240, 200, 34)

  /// In the colors of light pages, since nobody knows what is around the picture.
  private static let sheet: StaticString = """
    :root{--soft:#566373;--grid:#e8ecf0;--gray:#7d8894;--blue:#0072b2;--orange:#c65100;--green:#00805c;--c3:#a3477f;
    --c5:#5aa9e0;--c6:#b8860b;--c7:#5c5c8a}
    .page{fill:#fff}text{font:11px system-ui,sans-serif;fill:var(--soft)}.name{font-weight:600;fill:#16202b}
    .title{font-size:15px;font-weight:600;fill:#16202b}.grid{stroke:var(--grid)}.tick.up{text-anchor:end}
    .level{stroke:var(--gray);stroke-dasharray:4 3}.tick.across{text-anchor:middle}
    .ring{fill:none;stroke:var(--green);stroke-width:2}.c0{stroke:var(--blue)}.c1{stroke:var(--orange)}
    .c2{stroke:var(--green)}.c3{stroke:var(--c3)}.c4{stroke:var(--gray)}.c5{stroke:var(--c5)}.c6{stroke:var(--c6)}
    .c7{stroke:var(--c7)}
    """

  /// Panels in rows, all on the same axes.
  private static func panels(_ series: [OptimizationChart.Series], from top: Int) -> [Markup] {
    let axes = OptimizationChart.axes(around: series.map(\.curve), proxies: true)
    return series.enumerated().flatMap { place, series -> [Markup] in
      let (row, column) = place.quotientAndRemainder(dividingBy: columns)
      let (x, y) = (column * panelWidth, top + row * panelHeight)
      let chart = OptimizationChart(series: [series], axes: axes, height: panelHeight - 54)
      return [
        text(series.name, x: x + 10, y: y + 12, style: "name"),
        chart.markup(x: x + 44, y: y + 22, width: panelWidth - 60),
      ]
    }
  }

  private static func text(_ text: String, x: Int, y: Int, style: StaticString) -> Markup {
    .element("text", ["class": "\(style)", "x": "\(x)", "y": "\(y)"], "\(text)")
  }
}
