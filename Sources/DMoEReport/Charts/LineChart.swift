/// A chart of curves over steps.
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
    let axes = Axes(x: Scale(0...max(1, series.flatMap { $0.points.map(\.x) }.max() ?? 1)), y: verticalScale)
    var parts: [Markup] = [.element("title", [:], "\(summary)")] + ticks(axes)
    if let level, axes.y.domain.contains(level.y) {
      parts.append(axes.level(level.y, style: "level"))
      parts.append(
        .element("text", ["class": "tick up", "x": "100%", "y": axes.down(level.y), "dy": "-0.35em"], "\(level.text)"))
    }
    parts.append(axes.curves(series.map { ("curve \($0.role.rawValue)", $0.points) }))
    for series in series where series.hasDots { parts += dots(series, axes) }
    if let mark { parts += ring(mark, axes) }
    return .element(
      "svg",
      [
        "class": isSmall ? "plot small" : "plot", "role": "img", "aria-label": summary, "height": "\(height)",
        "width": "100%",
      ], parts)
  }

  private func ticks(_ axes: Axes) -> [Markup] {
    let count = isSmall ? 3 : 4
    let rows = axes.rows(at: axes.y.ticks(count)) { tick in
      isPercentage ? NumberText.percent(tick, digits: 0) : axes.y.text(tick, count: count)
    }
    // Steps are whole.
    let steps = isSmall ? [] : axes.x.ticks(5).filter { $0 == $0.rounded() }
    return rows + axes.columns(at: steps) { axes.x.text($0, count: 5) }
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
    let scale = Scale(covering: values)
    guard isPercentage else { return scale }
    // Shares end where they end.
    return Scale(max(0, scale.domain.lowerBound)...min(1, scale.domain.upperBound))
  }

  private func dots(_ series: Series, _ axes: Axes) -> [Markup] {
    series.points.map { point in
      let value = isPercentage ? NumberText.percent(point.y) : NumberText.fixed(point.y, digits: 4)
      return .element(
        "circle",
        [
          "class": "dot \(series.role.rawValue)", "cx": axes.across(point.x), "cy": axes.down(point.y),
          "r": isSmall ? "2" : "3",
        ], .element("title", [:], "step \(Int(point.x)): \(value)"))
    }
  }

  private func ring(_ mark: (x: Double, y: Double, text: String), _ axes: Axes) -> [Markup] {
    let (x, y) = (axes.across(mark.x), axes.down(mark.y))
    let circle = Markup.element("circle", ["class": "ring", "cx": x, "cy": y, "r": isSmall ? "4" : "6"])
    if isSmall { return [circle] }
    let (across, up) = (axes.x.fraction(mark.x), axes.y.fraction(mark.y))
    let anchor = across > 0.75 ? "end" : across < 0.25 ? "start" : "middle"
    return [
      circle,
      .element(
        "text", ["class": "mark", "x": x, "y": y, "dy": up > 0.25 ? "1.9em" : "-1em", "text-anchor": anchor],
        "\(mark.text)"),
    ]
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
