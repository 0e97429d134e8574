import DMoEReport

/// Counts by true category (row) and routed category (column); the shade is the share of the row.
struct HeatMap {
  var names: [String]
  var counts: [[Int]]

  private static let rowHeight = 38.0

  private var side: Double { 1 / Double(max(1, names.count)) }

  var markup: Markup {
    let height = Self.rowHeight * Double(names.count)
    return .element(
      "svg",
      ["class": "plot heat", "role": "img", "aria-label": summary, "width": "100%", "height": "\(Int(height))"],
      [.element("title", [:], "\(summary)")] + names.indices.flatMap(row) + columnNames(below: height))
  }

  private func row(_ row: Int) -> [Markup] {
    let y = Double(row) * Self.rowHeight
    let total = counts[row].reduce(0, +)
    let name = Markup.element(
      "text", ["class": "tick up", "x": "-8", "y": "\(y + Self.rowHeight / 2)", "dy": "0.32em"],
      "\(Self.label(names[row]))")
    return [name]
      + names.indices.flatMap { column in
        cell(row, column, share: total > 0 ? Double(counts[row][column]) / Double(total) : 0, y: y)
      }
  }

  /// - Parameter share: Of the row's prompts.
  private func cell(_ row: Int, _ column: Int, share: Double, y: Double) -> [Markup] {
    let count = counts[row][column]
    let x = Double(column) * side
    return [
      .element(
        "rect",
        [
          "class": row == column ? "cell right" : "cell", "x": x.cssPercent, "y": "\(y)", "width": side.cssPercent,
          "height": "\(Self.rowHeight)", "fill-opacity": NumberText.fixed(0.04 + 0.96 * share, digits: 3),
        ],
        .element(
          "title", [:], "\(names[row]) routed to \(names[column]): \(count) (\(NumberText.percent(share)))")),
      .element(
        "text",
        [
          "class": share > 0.5 ? "count strong" : count == 0 ? "count none" : "count",
          "x": (x + side / 2).cssPercent, "y": "\(y + Self.rowHeight / 2)", "dy": "0.32em",
        ], "\(count)"),
    ]
  }

  /// Turned, so that long names do not meet.
  private func columnNames(below height: Double) -> [Markup] {
    names.enumerated().map { column, name in
      .element(
        "svg",
        [
          "x": ((Double(column) + 0.5) * side).cssPercent, "y": "\(height + 14)", "width": "1", "height": "1",
          "overflow": "visible",
        ],
        .element("text", ["class": "tick up", "transform": "rotate(-35)"], "\(Self.label(name))"))
    }
  }

  /// At most so much of a name as fits beside the picture; the cells' titles have all of it.
  private static func label(_ name: String) -> String { name.count > 16 ? name.prefix(15) + "…" : name }

  private var summary: String {
    let rows = names.indices.map { row in
      let total = counts[row].reduce(0, +)
      return "\(names[row]) \(counts[row][row]) of \(total)"
    }
    return "Prompts routed to their own category: " + rows.joined(separator: ", ")
  }
}
