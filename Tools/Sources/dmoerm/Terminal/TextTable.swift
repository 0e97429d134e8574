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
  /// Columns that a narrow terminal goes without, the first of them first; then others from the right.
  var expendable: [Int] = []

  init(_ columns: [(title: String, alignment: String.Alignment)]) {
    self.columns = columns.map { Column(title: $0.title, alignment: $0.alignment) }
  }

  /// The lines, none wider than the terminal: the first column is cut a little, then others are left out.
  func lines(_ terminal: Terminal) -> [String] {
    let cells = rows + (footer.map { [$0] } ?? [])
    var widths = columns.indices.map { index in
      ([columns[index].title] + cells.map { index < $0.count ? $0[index] : "" }).map(\.displayWidth).max() ?? 0
    }
    var shown = Array(columns.indices)
    func excess() -> Int { shown.reduce(-2) { $0 + widths[$1] + 2 } - terminal.width }
    if terminal.isInteractive, let first = widths.first {
      let least = min(first, max(8, first * 2 / 3))
      for column in expendable + columns.indices.dropFirst().reversed()
      where shown.count > 2 && excess() > first - least {
        shown.removeAll { $0 == column }
      }
      widths[0] = max(least, first - max(0, excess()))
    }
    func line(_ cells: [String]) -> String {
      let padded = shown.map { index in
        let cell = index < cells.count ? cells[index] : ""
        let fitting = index == 0 ? cell.truncated(to: widths[0], ellipsis: terminal.hasUnicode ? "…" : ".") : cell
        return fitting.padded(to: widths[index], columns[index].alignment)
      }.joined(separator: "  ")
      return String(padded.reversed().drop { $0 == " " }.reversed())
    }
    let rule = shown.map { String(repeating: terminal.hasUnicode ? "─" : "-", count: widths[$0]) }.joined(
      separator: "  ")
    return [terminal.styled(line(columns.map(\.title)), .bold), terminal.styled(rule, .faint)] + rows.map(line)
      + (footer.map { [terminal.styled(rule, .faint), line($0)] } ?? [])
  }
}
