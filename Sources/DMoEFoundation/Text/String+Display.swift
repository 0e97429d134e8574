@_spi(Command) extension String {
  /// Columns on a terminal: colors take none, East Asian wide characters and emoji two.
  public var displayWidth: Int {
    var width = 0
    var isEscape = false
    for scalar in unicodeScalars {
      if isEscape {
        if scalar == "m" { isEscape = false }
      } else if scalar == "\u{1B}" {
        isEscape = true
      } else {
        width += scalar.displayWidth
      }
    }
    return width
  }

  /// The side of its column that a text begins at.
  public enum Alignment: Sendable { case left, right }

  /// The text with spaces, so many columns wide at least.
  public func padded(to width: Int, _ alignment: Alignment = .left) -> String {
    let space = String(repeating: " ", count: max(0, width - displayWidth))
    return alignment == .left ? self + space : space + self
  }

  /// The beginning that fits, with an ellipsis where something was cut. For text without colors.
  public func truncated(to width: Int, ellipsis: String = "…") -> String {
    guard displayWidth > width else { return self }
    let room = width - ellipsis.displayWidth
    guard room > 0 else { return String(ellipsis.prefix(max(0, width))) }
    var result = ""
    var used = 0
    for character in self {
      let next = String(character).displayWidth
      if used + next > room { break }
      result.append(character)
      used += next
    }
    return result + ellipsis
  }

  /// One line without control characters: what a stranger's text may print on a terminal.
  public var onOneLine: String {
    split { $0.isWhitespace }.joined(separator: " ").withoutControls
  }

  /// Control characters but line feeds and tabs are left out, so that a text cannot steer the terminal.
  public var withoutControls: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.filter { $0.properties.generalCategory != .control || $0 == "\n" || $0 == "\t" }))
  }

  /// Lines of at most `width` columns, broken at spaces where there are any; line feeds stay.
  public func wrapped(to width: Int) -> [String] {
    split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
      var lines: [String] = []
      var current = ""
      for word in line.split(separator: " ") {
        var word = String(word)
        if !current.isEmpty, current.displayWidth + 1 + word.displayWidth <= width {
          current += " " + word
          continue
        }
        if !current.isEmpty { lines.append(current) }
        while word.displayWidth > width {
          let head = word.truncated(to: max(2, width), ellipsis: "")
          guard !head.isEmpty else { break }
          lines.append(head)
          word.removeFirst(head.count)
        }
        current = word
      }
      return lines + [current]
    }
  }
}

extension Unicode.Scalar {
  /// Columns by the ranges of East Asian Width that matter in practice (Unicode Annex 11).
  fileprivate var displayWidth: Int {
    switch properties.generalCategory {
    case .control, .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    switch value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
