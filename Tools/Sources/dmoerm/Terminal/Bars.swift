extension Terminal {
  /// A bar that is filled from the left. `fraction` is held within 0 ... 1.
  func bar(_ fraction: Double, width: Int, empty: Bool = true) -> String {
    let filled = Self.cells(fraction, of: width)
    let full = String(repeating: hasUnicode ? "━" : "#", count: filled)
    let rest = String(repeating: empty ? (hasUnicode ? "─" : "-") : " ", count: width - filled)
    return styled(full, .cyan) + (empty ? styled(rest, .faint) : rest)
  }

  /// A bar that grows from the middle: to the right above 0, to the left below. `value` is held within -1 ... 1.
  func signedBar(_ value: Double, width: Int) -> String {
    let half = max(1, (width - 1) / 2)
    let filled = Self.cells(abs(value), of: half)
    let block = String(repeating: hasUnicode ? "█" : "#", count: filled)
    let space = String(repeating: " ", count: half - filled)
    let axis = styled(hasUnicode ? "│" : "|", .faint)
    let blank = String(repeating: " ", count: half)
    return value < 0 ? space + styled(block, .red) + axis + blank : blank + axis + styled(block, .green) + space
  }

  private static func cells(_ fraction: Double, of width: Int) -> Int {
    guard fraction.isFinite, width > 0 else { return 0 }
    return Int((min(max(fraction, 0), 1) * Double(width)).rounded())
  }
}
