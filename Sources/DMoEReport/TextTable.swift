/// Rows of text in aligned columns: the first column to the left, the others to the right.
package struct TextTable {
  private var rows: [[String]]

  /// A table without rows.
  package init(header: [String]) { rows = [header] }

  /// Missing cells are empty; control characters become U+FFFD.
  package mutating func append(_ row: [String]) { rows.append(row.map(Self.printable)) }

  /// The text on one line and without what a terminal would take for a command.
  package static func printable(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
      result.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
    }
    return result
  }

  /// Lines of equal width without trailing spaces, a rule under each column's header.
  ///
  /// - Parameter width: The columns of the terminal: texts of the first column are shortened where lines would not fit,
  ///   though never to less than 8 columns. Nil shortens none.
  package func rendered(width: Int? = nil) -> String {
    let columns = rows.map(\.count).max() ?? 0
    var widths = (0..<columns).map { column in
      rows.map { $0.count > column ? Self.width($0[column]) : 0 }.max() ?? 0
    }
    if let width, columns > 0 {
      let others = widths.dropFirst().reduce(0) { $0 + $1 + 2 }
      widths[0] = min(widths[0], max(8, width - others))
    }
    var lines = rows.map { row in
      let cells = widths.indices.map { column in
        let text = row.count > column ? Self.shortened(row[column], to: widths[column]) : ""
        let padding = String(repeating: " ", count: widths[column] - Self.width(text))
        return column == 0 ? text + padding : padding + text
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
    lines.insert(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "), at: 1)
    return lines.joined(separator: "\n") + "\n"
  }

  /// At most so many columns, the last of them an ellipsis if something is left out.
  private static func shortened(_ text: String, to width: Int) -> String {
    guard Self.width(text) > width else { return text }
    var result = text
    while !result.isEmpty, Self.width(result) > width - 1 { result.removeLast() }
    return result + "…"
  }

  /// Columns of a terminal: East Asian wide characters take two.
  package static func width(_ text: String) -> Int {
    text.reduce(0) { sum, character in
      guard let scalar = character.unicodeScalars.first?.value else { return sum }
      let isWide =
        (0x1100...0x115F).contains(scalar) || (0x2E80...0xA4CF).contains(scalar)
        || (0xAC00...0xD7A3).contains(scalar) || (0xF900...0xFAFF).contains(scalar)
        || (0xFE30...0xFE6F).contains(scalar) || (0xFF00...0xFF60).contains(scalar)
        || (0x1F300...0x1FAFF).contains(scalar) || (0x20000...0x3FFFD).contains(scalar)
      return sum + (isWide ? 2 : 1)
    }
  }
}
