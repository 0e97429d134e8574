/// Columns of text, each as wide as its widest cell.
struct TextTable: Sendable {
  struct Column: Sendable {
    var title: String
    var alignment: String.Alignment
  }

  var columns: [Column]
  var rows: [[String]] = []
  /// Set off from the rows by a rule, such as their sum.
  var footer: [String]?

  init(_ columns: [(title: String, alignment: String.Alignment)]) {
    self.columns = columns.map { Column(title: $0.title, alignment: $0.alignment) }
  }

  /// The lines; none is wider than the terminal if cutting the first column can help it.
  func lines(_ terminal: Terminal) -> [String] {
    let cells = rows + (footer.map { [$0] } ?? [])
    var widths = columns.indices.map { index in
      ([columns[index].title] + cells.map { index < $0.count ? $0[index] : "" }).map(\.displayWidth).max() ?? 0
    }
    let total = widths.reduce(0, +) + 2 * (columns.count - 1)
    if terminal.isInteractive, total > terminal.width, let first = widths.first {
      widths[0] = max(min(first, 8), first - (total - terminal.width))
    }
    func line(_ cells: [String]) -> String {
      let padded = columns.indices.map { index in
        let cell = index < cells.count ? cells[index] : ""
        let fitting = index == 0 ? cell.truncated(to: widths[0], ellipsis: terminal.hasUnicode ? "…" : ".") : cell
        return fitting.padded(to: widths[index], columns[index].alignment)
      }.joined(separator: "  ")
      return String(padded.reversed().drop { $0 == " " }.reversed())
    }
    let rule = widths.map { String(repeating: terminal.hasUnicode ? "─" : "-", count: $0) }.joined(separator: "  ")
    return [terminal.styled(line(columns.map(\.title)), .bold), terminal.styled(rule, .faint)] + rows.map(line)
      + (footer.map { [terminal.styled(rule, .faint), line($0)] } ?? [])
  }
}
