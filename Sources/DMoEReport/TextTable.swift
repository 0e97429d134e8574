/// Rows of text in aligned columns: the first column to the left, the others to the right.
package struct TextTable {
  private var rows: [[String]]

  /// A table without rows.
  package init(header: [String]) { rows = [header] }

  /// Missing cells are empty.
  package mutating func append(_ row: [String]) { rows.append(row) }

  /// Lines of equal width without trailing spaces, a rule under the header.
  package func rendered() -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in
      rows.map { $0.count > column ? Self.width($0[column]) : 0 }.max() ?? 0
    }
    var lines = rows.map { row in
      let cells = widths.indices.map { column in
        let text = row.count > column ? row[column] : ""
        let padding = String(repeating: " ", count: widths[column] - Self.width(text))
        return column == 0 ? text + padding : padding + text
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
    lines.insert(String(repeating: "-", count: widths.reduce(0, +) + 2 * max(0, columns - 1)), at: 1)
    return lines.joined(separator: "\n") + "\n"
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
