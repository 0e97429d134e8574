@_spi(Command) import DMoERM

extension TextTable {
  /// The lines as a terminal shows them, none wider than it.
  func lines(_ terminal: Terminal) -> [String] {
    let layout = Layout(
      width: terminal.isInteractive ? terminal.width : nil, leavesOutColumns: true,
      rule: terminal.hasUnicode ? "─" : "-", ellipsis: terminal.hasUnicode ? "…" : ".")
    return lines(layout) { text, line in
      switch line {
      case .head: terminal.styled(text, .bold)
      case .rule: terminal.styled(text, .faint)
      case .row: text
      }
    }
  }
}
