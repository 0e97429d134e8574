/// Columns of text, each as wide as its widest cell, with a head, a rule and perhaps a foot.
@_spi(Command) public struct TextTable: Sendable {
  /// A column with what stands above it.
  public struct Column: Sendable {
    var title: String
    var alignment: String.Alignment
  }

  /// What a table is written for.
  public struct Layout: Sendable {
    /// The columns of the terminal; nil cuts nothing.
    public var width: Int?
    /// Whether columns are left out where cutting the first one does not do.
    public var leavesOutColumns: Bool
    /// What rules are made of.
    public var rule: Character
    /// What stands for the rest of a cut cell.
    public var ellipsis: String

    /// For files and pipes, unless a width is given.
    public init(width: Int? = nil, leavesOutColumns: Bool = false, rule: Character = "─", ellipsis: String = "…") {
      self.width = width
      self.leavesOutColumns = leavesOutColumns
      self.rule = rule
      self.ellipsis = ellipsis
    }
  }

  /// The columns, from left to right.
  public let columns: [Column]
  /// The cells by row; missing ones are empty.
  public var rows: [[String]] = []
  /// Set off from the rows by a rule, such as their sum.
  public var footer: [String]?
  /// Columns that a narrow terminal goes without, the first of them first; then others from the right.
  public var expendable: [Int] = []

  /// A table without rows.
  public init(_ columns: [(title: String, alignment: String.Alignment)]) {
    self.columns = columns.map { Column(title: $0.title, alignment: $0.alignment) }
  }

  /// A table without rows, whose first column is flush left and the others right.
  public init(header: [String]) {
    self.init(header.enumerated().map { ($1, $0 == 0 ? .left : .right) })
  }

  /// Adds a row of texts from anywhere: each is put on one line, without what would steer a terminal.
  public mutating func append(_ row: [String]) { rows.append(row.map(\.onOneLine)) }

  /// The lines with a newline after each.
  public func rendered(width: Int? = nil) -> String {
    lines(Layout(width: width)).map { $0 + "\n" }.joined()
  }

  /// A line of a table by its role, for styles.
  public enum Line: Sendable { case head, rule, row }

  /// The lines, none wider than the layout if that can be had: the first column is cut a little, then others are left out.
  public func lines(_ layout: Layout, styled: (String, Line) -> String = { text, _ in text }) -> [String] {
    let (shown, widths) = fitting(layout)
    func line(_ cells: [String]) -> String {
      let padded = shown.map { column in
        let cell = column < cells.count ? cells[column] : ""
        let cut = column == 0 ? cell.truncated(to: widths[0], ellipsis: layout.ellipsis) : cell
        return cut.padded(to: widths[column], columns[column].alignment)
      }.joined(separator: "  ")
      return String(padded.reversed().drop { $0 == " " }.reversed())
    }
    let dashes = shown.map { String(repeating: layout.rule, count: widths[$0]) }.joined(separator: "  ")
    let rule = styled(dashes, .rule)
    return [styled(line(columns.map(\.title)), .head), rule] + rows.map { styled(line($0), .row) }
      + (footer.map { [rule, styled(line($0), .row)] } ?? [])
  }

  /// The table as Markdown, a newline between lines; columns flush right say so.
  public var markdown: String {
    func line(_ cells: [String]) -> String {
      let escaped = cells.map { $0.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|") }
      return "| " + escaped.joined(separator: " | ") + " |"
    }
    let rule = "|" + columns.map { $0.alignment == .left ? "---|" : "---:|" }.joined()
    return ([line(columns.map(\.title)), rule] + (rows + (footer.map { [$0] } ?? [])).map(line)).joined(separator: "\n")
  }

  /// The columns that are shown, and how wide each column is.
  private func fitting(_ layout: Layout) -> (shown: [Int], widths: [Int]) {
    let cells = rows + (footer.map { [$0] } ?? [])
    var widths = columns.indices.map { column in
      ([columns[column].title] + cells.map { column < $0.count ? $0[column] : "" }).map(\.displayWidth).max() ?? 0
    }
    var shown = Array(columns.indices)
    guard let width = layout.width, let first = widths.first else { return (shown, widths) }
    func excess() -> Int { shown.reduce(-2) { $0 + widths[$1] + 2 } - width }
    let least = min(first, layout.leavesOutColumns ? max(8, first * 2 / 3) : 8)
    if layout.leavesOutColumns {
      for column in expendable + columns.indices.dropFirst().reversed()
      where shown.count > 2 && excess() > first - least {
        shown.removeAll { $0 == column }
      }
    }
    widths[0] = max(least, first - max(0, excess()))
    return (shown, widths)
  }
}
