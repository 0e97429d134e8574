import Foundation

/// The axes of a plot, and how points are placed between them.
///
/// Text keeps its size at any width: places are percentages of the plot, and curves lie in a box that is stretched over it.
package struct Axes: Sendable {
  /// From left to right.
  package let x: Scale
  /// From bottom to top.
  package let y: Scale

  /// Axes of these scales.
  package init(x: Scale, y: Scale) {
    self.x = x
    self.y = y
  }

  /// A place across, as CSS and SVG take it.
  package func across(_ value: Double) -> String { x.fraction(value).cssPercent }

  /// A place from the top.
  package func down(_ value: Double) -> String { (1 - y.fraction(value)).cssPercent }

  /// A grid line at each value, with the value as text to the left of the plot.
  package func rows(at values: [Double], text: (Double) -> String) -> [Markup] {
    values.flatMap { value -> [Markup] in
      [
        level(value, style: "grid"),
        .element("text", ["class": "tick up", "x": "-6", "y": down(value), "dy": "0.32em"], "\(text(value))"),
      ]
    }
  }

  /// Values as text under the plot.
  package func columns(at values: [Double], text: (Double) -> String) -> [Markup] {
    values.map { value in
      .element(
        "text", ["class": "tick across", "x": across(value), "y": "100%", "dy": "1.4em"], "\(text(value))")
    }
  }

  /// A line from left to right.
  package func level(_ value: Double, style: String) -> Markup {
    .element("line", ["class": style, "x1": "0", "x2": "100%", "y1": down(value), "y2": down(value)])
  }

  /// Curves, each with the style classes of its line.
  package func curves(_ curves: [(style: String, points: [(x: Double, y: Double)])]) -> Markup {
    let lines = curves.filter { $0.points.count > 1 }.map { curve in
      Markup.element(
        "polyline",
        [
          "class": curve.style, "points": curve.points.map(place).joined(separator: " "),
          "vector-effect": "non-scaling-stroke",
        ])
    }
    return Self.stretched(lines)
  }

  /// Bands between two curves over the same places, each with the style classes of its area.
  package func bands(_ bands: [(style: String, points: [(x: Double, lower: Double, upper: Double)])]) -> Markup {
    Self.stretched(
      bands.filter { $0.points.count > 1 }.map { band in
        let edge = band.points.map { (x: $0.x, y: $0.upper) } + band.points.reversed().map { (x: $0.x, y: $0.lower) }
        return .element("polygon", ["class": band.style, "points": edge.map(place).joined(separator: " ")])
      })
  }

  /// A point in the box that is stretched over the plot.
  private func place(_ point: (x: Double, y: Double)) -> String {
    String(format: "%.1f,%.1f", x.fraction(point.x) * 1000, (1 - y.fraction(point.y)) * 1000)
  }

  private static func stretched(_ shapes: [Markup]) -> Markup {
    .element(
      "svg",
      [
        "viewBox": "0 0 1000 1000", "preserveAspectRatio": "none", "width": "100%", "height": "100%",
        // A curve along an edge keeps its whole width.
        "overflow": "visible",
      ], shapes)
  }
}
