import DMoEExperiment
@_spi(Command) import DMoERM

/// The main figures of a measurement of over-optimization on a terminal.
struct OverOptimizationView {
  let result: OverOptimizationResult

  func lines(_ terminal: Terminal) -> [String] {
    let most = result.rows.first?.bestOfN.points.last?.effort ?? 0
    var lines = [terminal.styled("Gold by the best of \(most), in deviations of one prompt's texts", .bold), ""]
    lines += table(\.bestOfN, "highest at n").lines(terminal)
    if result.rows.contains(where: { $0.policy != nil }) {
      lines += ["", terminal.styled("Gold of trained policies", .bold), ""]
      lines += table(\.policy, "highest at step").lines(terminal)
    }
    return lines
  }

  private func table(
    _ curve: (OverOptimizationResult.Row) -> OverOptimizationResult.Curve?, _ peak: String
  ) -> TextTable {
    var table = TextTable([
      ("proxy", .left), ("gold", .right), ("95 %", .right), ("difference", .right), (peak, .right), ("there", .right),
      ("proxy says", .right), ("nats", .right),
    ])
    table.expendable = [7, 5, 2]
    table.rows = result.rows.compactMap { row in
      guard let curve = curve(row), let last = curve.points.last else { return nil }
      let peak = curve.points[curve.peak]
      func number(_ value: Double) -> String { (value < 0 ? "-" : "+") + Numbers.fixed(abs(value), 2) }
      return [
        row.name, number(last.gold.value), "\(number(last.gold.lower)) – \(number(last.gold.upper))",
        curve.difference.map { number($0.value) } ?? (row.reading == result.reference ? "reference" : ""),
        "\(peak.effort)", number(peak.gold.value), number(last.proxy.value), Numbers.fixed(last.divergence, 1),
      ]
    }
    return table
  }
}
