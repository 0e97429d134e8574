package import DMoEData

/// Shares as dots with their 95 % intervals, one row a slice, several series a row.
package struct DotIntervalChart: Sendable {
  /// Shape and color both tell series apart.
  package enum Mark: String, Sendable { case dot, ring, square, diamond }

  /// A series: every row has one value of it.
  package struct Series: Sendable {
    /// The name in the legend.
    package var name: String
    /// The way in which it is drawn.
    package var mark: Mark
    /// Whether the interval is drawn; one that has none is a thing to compare with.
    package var hasInterval: Bool

    /// A series.
    package init(name: String, mark: Mark, hasInterval: Bool = true) {
      self.name = name
      self.mark = mark
      self.hasInterval = hasInterval
    }
  }

  /// One slice.
  package struct Row: Sendable {
    /// The slice's name.
    package var label: String
    /// A remark on it, in small print.
    package var detail: String
    /// One a series; nil where it has none.
    package var values: [Estimate?]
    /// Whether it is set off as the whole.
    package var isTotal: Bool

    /// A row.
    package init(label: String, detail: String, values: [Estimate?], isTotal: Bool = false) {
      self.label = label
      self.detail = detail
      self.values = values
      self.isTotal = isTotal
    }

    /// A row of proportions with their Wilson intervals.
    package init(label: String, detail: String, values: [Proportion?], isTotal: Bool = false) {
      self.init(label: label, detail: detail, values: values.map { $0.map { Estimate($0) } }, isTotal: isTotal)
    }
  }

  private let series: [Series]
  private let rows: [Row]
  private let lowest: Double?

  /// A chart; the first series is also said as a number.
  ///
  /// - Parameters:
  ///   - series: What every row has a value of.
  ///   - rows: The slices, from the top.
  ///   - lowest: The least share that the axis shows, for charts that are to have one axis; nil for that of the rows.
  package init(series: [Series], rows: [Row], lowest: Double? = nil) {
    self.series = series
    self.rows = rows
    self.lowest = lowest
  }

  private static let tickCount = 6

  /// The chart with its legend.
  package var markup: Markup {
    let scale = scale
    let axis = scale.ticks(Self.tickCount).map { tick in
      Markup.element(
        "text", ["class": "tick across", "x": scale.fraction(tick).cssPercent, "y": "12"],
        "\(NumberText.percent(tick, digits: 0))")
    }
    // Under the rows, in their columns.
    let axisRow = Markup.element(
      "div", ["class": "dotrow axis", "aria-hidden": "true"], .element("span", ["class": "label"]),
      .element("svg", ["class": "track", "width": "100%", "height": "16"], axis),
      .element("span", ["class": "value"]))
    let legend = Markup.element("div", ["class": "legend"], series.map { Self.legend($0) })
    return legend + .element("div", ["class": "dots"], rows.map { row($0, scale) } + [axisRow])
  }

  private var scale: Scale {
    let ends = rows.flatMap { row in
      zip(series, row.values).compactMap { series, value -> Double? in
        guard let value, let share = value.value else { return nil }
        return series.hasInterval ? value.interval.lowerBound : share
      }
    }
    let lowest = min(0.5, self.lowest ?? ends.min() ?? 0)
    return Scale(max(0, (lowest * 10 - 0.1).rounded(.down) / 10)...1)
  }

  private func row(_ row: Row, _ scale: Scale) -> Markup {
    let spoken = zip(series, row.values).map { series, value -> String in
      let text = "\(series.name) \(NumberText.percent(value?.value))"
      guard let value, series.hasInterval else { return text }
      return text + " (\(NumberText.interval(value)))"
    }
    let summary = "\(row.label): " + spoken.joined(separator: ", ")
    let height = 10 + 9 * series.count
    let lines = scale.ticks(Self.tickCount).map { (place: $0, style: "grid") } + [(place: 0.5, style: "level")]
    let grid = lines.map { place, style -> Markup in
      let x = scale.fraction(place).cssPercent
      return .element("line", ["class": style, "x1": x, "x2": x, "y1": "0", "y2": "100%"])
    }
    let marks = zip(series.indices, row.values).compactMap { index, value -> Markup? in
      guard let value, let share = value.value else { return nil }
      return mark(series[index], value, at: share, y: 9.5 + 9 * Double(index), scale)
    }
    return .element(
      "div", ["class": row.isTotal ? "dotrow total" : "dotrow"],
      .element("span", ["class": "label"], "\(row.label)", .element("small", [:], "\(row.detail)")),
      .element(
        "svg",
        ["class": "track", "role": "img", "aria-label": summary, "width": "100%", "height": "\(height)"],
        [.element("title", [:], "\(summary)")] + grid + marks),
      .element(
        "span", ["class": "value"],
        "\(NumberText.percent(row.values.first.flatMap { $0 }?.value))"))
  }

  private func mark(
    _ series: Series, _ value: Estimate, at share: Double, y: Double, _ scale: Scale
  ) -> Markup {
    let x = scale.fraction(share).cssPercent
    var parts: [Markup] = []
    if series.hasInterval {
      parts.append(
        .element(
          "line",
          [
            "class": "interval \(series.mark.rawValue)", "x1": scale.fraction(value.interval.lowerBound).cssPercent,
            "x2": scale.fraction(value.interval.upperBound).cssPercent, "y1": "\(y)", "y2": "\(y)",
          ]))
    }
    parts.append(Self.shape(series.mark, x: x, y: y))
    return parts.joined
  }

  private static func shape(_ mark: Mark, x: String, y: Double) -> Markup {
    switch mark {
    case .dot, .ring:
      .element("circle", ["class": "shape \(mark.rawValue)", "cx": x, "cy": "\(y)", "r": mark == .dot ? "5" : "4"])
    case .square, .diamond:
      // A nested box moves by a percentage, which a path cannot.
      .element(
        "svg", ["x": x, "y": "\(y)", "overflow": "visible", "width": "1", "height": "1"],
        .element(
          "path",
          [
            "class": "shape \(mark.rawValue)",
            "d": mark == .square ? "M-3.5-3.5h7v7h-7z" : "M0-5 5 0 0 5-5 0z",
          ]))
    }
  }

  private static func legend(_ series: Series) -> Markup {
    .element(
      "span", ["class": "key"],
      .element(
        "svg", ["width": "16", "height": "12", "aria-hidden": "true"], shape(series.mark, x: "8", y: 6)),
      "\(series.name)")
  }
}
