@_spi(Command) import DMoERM

extension Proportion {
  /// "71.3 %".
  var text: String { value.map { Numbers.fixed($0 * 100, 1) + " %" } ?? "" }

  /// "64 – 78".
  func intervalText(_ terminal: Terminal) -> String {
    total > 0
      ? "\(Numbers.fixed(interval.lowerBound * 100, 0)) \(terminal.dash) \(Numbers.fixed(interval.upperBound * 100, 0))"
      : ""
  }
}
