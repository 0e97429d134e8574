import DMoEEvaluate
import DMoEReport
import DMoETrain
import Foundation

/// Curves over the divergence of the best of n from one draw.
struct BestOfNChart {
  let curves: [(name: String, evaluation: BestOfNEvaluation)]
  let value: KeyPath<BestOfNEvaluation.Point, Double>

  /// Colors that differ in lightness too; there are no more.
  private static let colors = ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"]
  static let limit = colors.count

  /// Goes beside `ReportStyle.sheet`.
  static let sheet: StaticString = """
    :root{--c3:#a3477f;--c5:#5aa9e0;--c6:#b8860b;--c7:#5c5c8a}
    @media (prefers-color-scheme:dark){:root{--c3:#d98cba;--c5:#cfe6f7;--c6:#e8dc6a;--c7:#a79ff0}}
    .bon{fill:none;stroke-width:2}.key i{display:inline-block;width:16px;height:0;border-top:3px solid}
    .c0{stroke:var(--blue);border-color:var(--blue)!important}.c1{stroke:var(--orange);border-color:var(--orange)!important}
    .c2{stroke:var(--green);border-color:var(--green)!important}.c3{stroke:var(--c3);border-color:var(--c3)!important}
    .c4{stroke:var(--gray);border-color:var(--gray)!important}.c5{stroke:var(--c5);border-color:var(--c5)!important}
    .c6{stroke:var(--c6);border-color:var(--c6)!important}.c7{stroke:var(--c7);border-color:var(--c7)!important}
    """

  var markup: Markup {
    let points = curves.map { $0.evaluation.points.map { (x: $0.divergence, y: $0[keyPath: value]) } }
    let axes = Axes(
      x: Scale(0...max(0.1, points.joined().map(\.x).max() ?? 1)), y: Scale(covering: points.joined().map(\.y)))
    let styled = points.enumerated().map { ("bon \(Self.colors[$0 % Self.limit])", $1) }
    return .element(
      "svg", ["class": "plot", "role": "img", "aria-label": summary, "width": "100%", "height": "230"],
      [.element("title", [:], "\(summary)")] + axes.rows(at: axes.y.ticks(4)) { axes.y.text($0, count: 4) }
        + axes.columns(at: axes.x.ticks(4)) { axes.x.text($0, count: 4) } + [axes.curves(styled)])
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
        .element("span", ["class": "key"], .element("i", ["class": colors[index % limit]]), "\(name)")
      })
  }
}
