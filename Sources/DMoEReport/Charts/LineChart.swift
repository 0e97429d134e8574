import Foundation

/// Curves over steps. Text keeps its size at any width: places across are percentages, curves lie in a stretched box.
package struct LineChart: Sendable {
  /// One curve.
  package struct Series: Sendable {
    /// The kind of a curve, which decides how it is drawn.
    package enum Role: String, Sendable { case raw, smooth, validation, plain }

    /// The kind of the curve.
    package var role: Role
    /// In the order of x.
    package var points: [(x: Double, y: Double)]
    /// A dot at each point, with its value.
    package var hasDots: Bool

    /// A curve.
    package init(role: Role, points: [(x: Double, y: Double)], hasDots: Bool = false) {
      self.role = role
      self.points = points
      self.hasDots = hasDots
    }
  }

  /// A description for readers who see no picture.
  package var summary: String
  /// The curves, the last on top.
  package var series: [Series]
  /// In pixels.
  package var height: Int
  /// A point to ring, and what to say of it.
  package var mark: (x: Double, y: Double, text: String)?
  /// A dashed level, such as what guessing gives.
  package var level: (y: Double, text: String)?
  /// Fewer ticks up and none across.
  package var isSmall: Bool
  /// Whether values are shares of one.
  package var isPercentage: Bool

  /// A chart.
  package init(
    summary: String, series: [Series], height: Int = 190, isSmall: Bool = false, isPercentage: Bool = false
  ) {
    self.summary = summary
    self.series = series
    self.height = height
    self.isSmall = isSmall
    self.isPercentage = isPercentage
  }

  /// The picture.
  package var markup: Markup {
    let x = Scale(0...max(1, series.flatMap { $0.points.map(\.x) }.max() ?? 1))
    let y = verticalScale
    let ticks = isSmall ? 3 : 4
    var parts: [Markup] = [.element("title", [:], "\(summary)")]
    for tick in y.ticks(ticks) {
      let place = (1 - y.fraction(tick)).cssPercent
      let text = isPercentage ? NumberText.percent(tick, digits: 0) : y.text(tick, count: ticks)
      parts.append(.element("line", ["class": "grid", "x1": "0", "x2": "100%", "y1": place, "y2": place]))
      parts.append(.element("text", ["class": "tick up", "x": "-6", "y": place, "dy": "0.32em"], "\(text)"))
    }
    if !isSmall {
      for tick in x.ticks(5) where tick == tick.rounded() {
        parts.append(
          .element(
            "text", ["class": "tick across", "x": x.fraction(tick).cssPercent, "y": "100%", "dy": "1.4em"],
            "\(x.text(tick, count: 5))"))
      }
    }
    if let level, y.domain.contains(level.y) {
      let place = (1 - y.fraction(level.y)).cssPercent
      parts.append(.element("line", ["class": "level", "x1": "0", "x2": "100%", "y1": place, "y2": place]))
      parts.append(
        .element("text", ["class": "tick up", "x": "100%", "y": place, "dy": "-0.35em"], "\(level.text)"))
    }
    parts.append(curves(x, y))
    for series in series where series.hasDots { parts += dots(series, x, y) }
    if let mark { parts.append(ring(mark, x, y)) }
    return .element(
      "svg",
      [
        "class": isSmall ? "plot small" : "plot", "role": "img", "aria-label": summary, "height": "\(height)",
        "width": "100%",
      ], parts)
  }

  /// Holds smooth curves and validations whole; the noise of single steps may touch the edge.
  private var verticalScale: Scale {
    var values: [Double] = mark.map { [$0.y] } ?? []
    for series in series {
      let own = series.points.map(\.y).filter(\.isFinite).sorted()
      guard series.role == .raw, own.count > 20 else {
        values += own
        continue
      }
      values += [own[own.count / 50], own[own.count - 1 - own.count / 50]]
    }
    return Scale(covering: values)
  }

  private func curves(_ x: Scale, _ y: Scale) -> Markup {
    let lines = series.filter { $0.points.count > 1 }.map { series in
      let text = series.points.map {
        String(format: "%.1f,%.1f", x.fraction($0.x) * 1000, (1 - y.fraction($0.y)) * 1000)
      }
      return Markup.element(
        "polyline",
        [
          "class": "curve \(series.role.rawValue)", "points": text.joined(separator: " "),
          "vector-effect": "non-scaling-stroke",
        ])
    }
    return .element(
      "svg", ["viewBox": "0 0 1000 1000", "preserveAspectRatio": "none", "width": "100%", "height": "100%"], lines)
  }

  private func dots(_ series: Series, _ x: Scale, _ y: Scale) -> [Markup] {
    series.points.map { point in
      let value = isPercentage ? NumberText.percent(point.y) : NumberText.fixed(point.y, digits: 4)
      return .element(
        "circle",
        [
          "class": "dot \(series.role.rawValue)", "cx": x.fraction(point.x).cssPercent,
          "cy": (1 - y.fraction(point.y)).cssPercent, "r": isSmall ? "2" : "3",
        ], .element("title", [:], "step \(Int(point.x)): \(value)"))
    }
  }

  private func ring(_ mark: (x: Double, y: Double, text: String), _ x: Scale, _ y: Scale) -> Markup {
    let across = x.fraction(mark.x)
    let up = y.fraction(mark.y)
    let anchor = across > 0.75 ? "end" : across < 0.25 ? "start" : "middle"
    let center = (across.cssPercent, (1 - up).cssPercent)
    let circle = Markup.element(
      "circle", ["class": "ring", "cx": center.0, "cy": center.1, "r": isSmall ? "4" : "6"])
    if isSmall { return circle }
    let label = Markup.element(
      "text",
      ["class": "mark", "x": center.0, "y": center.1, "dy": up > 0.25 ? "1.9em" : "-1em", "text-anchor": anchor],
      "\(mark.text)")
    return circle + label
  }
}

extension LineChart.Series {
  /// Without noise: an exponential mean whose memory is a twentieth of the curve, free of the bias of its start.
  package static func smooth(_ points: [(x: Double, y: Double)]) -> Self {
    let keep = 1 - 1 / max(2, Double(points.count) / 20)
    var sum = 0.0
    var weight = 0.0
    let smoothed = points.filter(\.y.isFinite).map { point in
      sum = sum * keep + point.y
      weight = weight * keep + 1
      return (x: point.x, y: sum / weight)
    }
    let every = max(1, smoothed.count / 300)
    let kept = smoothed.enumerated().filter { $0.offset % every == 0 || $0.offset == smoothed.count - 1 }
    return Self(role: .smooth, points: kept.map(\.element))
  }

  /// A curve as measured; of very many points, the least and the greatest of each stretch.
  package static func raw(_ points: [(x: Double, y: Double)], role: Role = .raw) -> Self {
    let finite = points.filter(\.y.isFinite)
    guard finite.count > 600 else { return Self(role: role, points: finite) }
    let stretch = finite.count / 300
    return Self(
      role: role,
      points: stride(from: 0, to: finite.count, by: stretch).flatMap { start in
        let part = finite[start..<min(start + stretch, finite.count)]
        let ends = [part.min { $0.y < $1.y }, part.max { $0.y < $1.y }].compactMap { $0 }
        return ends.sorted { $0.x < $1.x }
      })
  }
}
