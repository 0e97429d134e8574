@_spi(Command) import DMoERM

/// Rows of text in aligned columns; the first ones are flush left, the others right.
struct Table {
  let header: [String]
  private(set) var rows: [[String]] = []
  /// How many columns hold words, and are flush left.
  private let words: Int

  init(_ header: [String], words: Int = 1) {
    self.header = header
    self.words = words
  }

  mutating func append(_ row: [String]) {
    precondition(row.count == header.count, "Table: \(row.count) cells for \(header.count) columns")
    rows.append(row)
  }

  /// As text, without the columns that have nothing in any row.
  var text: String { filled.lines(TextTable.Layout(rule: "-")).map { "  " + $0 }.joined(separator: "\n") }

  /// As a table of Markdown, without the columns that have nothing in any row.
  var markdown: String { filled.markdown }

  private var filled: TextTable {
    let columns = header.indices.filter { column in column == 0 || rows.contains { !$0[column].isEmpty } }
    var table = TextTable(columns.map { (header[$0], $0 < words ? .left : .right) })
    table.rows = rows.map { row in columns.map { row[$0] } }
    return table
  }
}

extension Double {
  /// Three significant digits or so, thousands apart: 0.123, 4.56, 78.9, 1,234.
  var short: String {
    if magnitude >= 1000 {
      let digits = String(Int(rounded()))
      return digits.enumerated().reduce(into: "") { text, digit in
        let left = digits.count - digit.offset
        if digit.offset > 0, left % 3 == 0, text != "-" { text.append(",") }
        text.append(digit.element)
      }
    }
    return fixed(magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3)
  }

  /// As few digits as it has: 2, 2.3, 0.25.
  var plain: String { self == rounded() ? fixed(0) : String(self) }

  /// With this many digits after the point.
  func fixed(_ digits: Int) -> String {
    let scale = (0..<digits).reduce(1.0) { result, _ in result * 10 }
    let whole = Int((magnitude * scale).rounded())
    let fraction = String(whole % Int(scale))
    let sign = self < 0 ? "-" : ""
    guard digits > 0 else { return sign + String(whole) }
    return sign + "\(whole / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
