import DMoEExperiment
@_spi(Command) import DMoERM

/// The main figures of an experiment on a terminal.
struct ExperimentView {
  let result: ExperimentResult

  func lines(_ terminal: Terminal) -> [String] {
    let sets = result.sets.filter { set in result.rows.contains { $0.result(on: set) != nil } }
    guard let main = sets.first(where: { $0 != .validation }) ?? sets.first else { return [] }
    let hasBestOfN = result.rows.contains { $0.bestOfN != nil }
    var table = TextTable(
      [
        ("model", .left), (main.description, .right), ("95 %", .right), ("difference", .right), ("p", .right),
        ("shorter", .right),
      ] + (hasBestOfN ? [("best of n", .right)] : []))
    table.expendable = [5, 4]
    table.rows = result.rows.compactMap { row in
      guard let own = row.result(on: main) else { return nil }
      func percent(_ value: Double) -> String { Numbers.fixed(value * 100, 1) }
      return [
        row.name, percent(own.accuracy.value) + " %",
        "\(Numbers.fixed(own.accuracy.lower * 100, 0)) – \(Numbers.fixed(own.accuracy.upper * 100, 0))",
        own.comparison.map { ($0.difference < 0 ? "-" : "+") + percent(abs($0.difference)) } ?? "reference",
        own.comparison.map { $0.pValue < 0.001 ? "< 0.001" : Numbers.fixed($0.pValue, 3) } ?? "",
        own.shorterChosen.map { percent($0) + " %" } ?? "",
      ] + (hasBestOfN ? [row.bestOfN.map { Numbers.fixed($0.area, 4) } ?? ""] : [])
    }
    let pairs = result.rows.lazy.compactMap { $0.result(on: main)?.pairs }.first ?? 0
    return table.lines(terminal) + [
      terminal.styled(
        "\(Numbers.count(pairs, "pair")) of \(main); differences in points to \(result.referenceName); shorter: accuracy "
          + "where the shorter response was chosen", .faint)
    ]
  }
}
