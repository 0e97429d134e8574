import DMoEReport

/// Counts by true category (row) and routed category (column); the shade is the share of the row.
struct HeatMap {
  var names: [String]
  var counts: [[Int]]

  var markup: Markup {
    let side = 1 / Double(max(1, names.count))
    let rowHeight = 38.0
    var parts: [Markup] = [.element("title", [:], "\(summary)")]
    for (row, name) in names.enumerated() {
      let y = Double(row) * rowHeight
      parts.append(
        .element("text", ["class": "tick up", "x": "-8", "y": "\(y + rowHeight / 2)", "dy": "0.32em"], "\(name)"))
      let total = counts[row].reduce(0, +)
      for column in names.indices {
        let count = counts[row][column]
        let share = total > 0 ? Double(count) / Double(total) : 0
        let x = Double(column) * side
        parts.append(
          .element(
            "rect",
            [
              "class": row == column ? "cell right" : "cell", "x": x.cssPercent, "y": "\(y)",
              "width": side.cssPercent, "height": "\(rowHeight)",
              "fill-opacity": NumberText.fixed(0.04 + 0.96 * share, digits: 3),
            ],
            .element(
              "title", [:], "\(name) routed to \(names[column]): \(count) (\(NumberText.percent(share)))")))
        parts.append(
          .element(
            "text",
            [
              "class": share > 0.5 ? "count strong" : count == 0 ? "count none" : "count",
              "x": (x + side / 2).cssPercent, "y": "\(y + rowHeight / 2)", "dy": "0.32em",
            ], "\(count)"))
      }
    }
    let height = rowHeight * Double(names.count)
    for (column, name) in names.enumerated() {
      parts.append(
        .element(
          "svg",
          [
            "x": ((Double(column) + 0.5) * side).cssPercent, "y": "\(height + 14)", "width": "1", "height": "1",
            "overflow": "visible",
          ],
          .element("text", ["class": "tick up", "transform": "rotate(-35)"], "\(name)")))
    }
    return .element(
      "svg",
      ["class": "plot heat", "role": "img", "aria-label": summary, "width": "100%", "height": "\(Int(height))"], parts)
  }

  private var summary: String {
    let rows = names.indices.map { row in
      let total = counts[row].reduce(0, +)
      return "\(names[row]) \(counts[row][row]) of \(total)"
    }
    return "Prompts routed to their own category: " + rows.joined(separator: ", ")
  }
}
