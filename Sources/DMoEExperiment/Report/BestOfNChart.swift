import DMoEEvaluate
import DMoEReport
import DMoETrain
import Foundation

/// Curves over the divergence of the best of n from one draw.
struct BestOfNChart {
  let curves: [(name: String, evaluation: BestOfNEvaluation)]
  let value: KeyPath<BestOfNEvaluation.Point, Double>

  /// Colors that differ in lightness too; there are no more.
  private static let colours = ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"]
  static let limit = colours.count

  /// Goes beside `ReportStyle.sheet`.
  static let sheet: StaticString = """
    .bon{fill:none;stroke-width:2}.key i{display:inline-block;width:16px;height:0;border-top:3px solid}
    .c0{stroke:var(--blue);border-color:var(--blue)!important}.c1{stroke:var(--orange);border-color:var(--orange)!important}
    .c2{stroke:var(--green);border-color:var(--green)!important}.c3{stroke:#a3477f;border-color:#a3477f!important}
    .c4{stroke:var(--gray);border-color:var(--gray)!important}.c5{stroke:#5aa9e0;border-color:#5aa9e0!important}
    .c6{stroke:#b8860b;border-color:#b8860b!important}.c7{stroke:#5c5c8a;border-color:#5c5c8a!important}
    """

  var markup: Markup {
    let points = curves.map { $0.evaluation.points.map { (x: $0.divergence, y: $0[keyPath: value]) } }
    let x = Scale(0...max(0.1, points.joined().map(\.x).max() ?? 1))
    let y = Scale(covering: points.joined().map(\.y))
    var parts: [Markup] = [.element("title", [:], "\(summary)")]
    for tick in y.ticks(4) {
      let place = (1 - y.fraction(tick)).cssPercent
      parts.append(.element("line", ["class": "grid", "x1": "0", "x2": "100%", "y1": place, "y2": place]))
      parts.append(
        .element("text", ["class": "tick up", "x": "-6", "y": place, "dy": "0.32em"], "\(y.text(tick, count: 4))"))
    }
    for tick in x.ticks(4) {
      parts.append(
        .element(
          "text", ["class": "tick across", "x": x.fraction(tick).cssPercent, "y": "100%", "dy": "1.4em"],
          "\(x.text(tick, count: 4))"))
    }
    let lines = points.enumerated().map { index, points in
      Markup.element(
        "polyline",
        [
          "class": "bon \(Self.colours[index % Self.limit])",
          "points": points.map {
            String(format: "%.1f,%.1f", x.fraction($0.x) * 1000, (1 - y.fraction($0.y)) * 1000)
          }.joined(separator: " "), "vector-effect": "non-scaling-stroke",
        ])
    }
    parts.append(
      .element(
        "svg", ["viewBox": "0 0 1000 1000", "preserveAspectRatio": "none", "width": "100%", "height": "100%"], lines))
    return .element(
      "svg", ["class": "plot", "role": "img", "aria-label": summary, "width": "100%", "height": "230"], parts)
  }

  private var summary: String {
    curves.map { name, evaluation in
      let last = evaluation.points[evaluation.points.count - 1]
      return "\(name): \(NumberText.fixed(last[keyPath: value], digits: 3)) at n = \(last.n)"
    }.joined(separator: "; ")
  }

  static func legend(_ names: [String]) -> Markup {
    .element(
      "div", ["class": "legend"],
      names.enumerated().map { index, name in
        .element("span", ["class": "key"], .element("i", ["class": colours[index % limit]]), "\(name)")
      })
  }
}
