@_spi(Command) import DMoERM

extension RouterEvaluation {
  /// Where the prompts of each category go.
  func lines(_ terminal: Terminal) -> [String] {
    var table = TextTable(
      [("prompts of", .left), ("count", .right), ("right", .right), ("95 % interval", .right)]
        + categories.map { ("\(terminal.arrow) " + $0.name.truncated(to: 12, ellipsis: terminal.ellipsis), .right) })
    table.rows = categories.enumerated().map { index, category in
      [
        category.name, "\(category.recall.total)", category.recall.text, category.recall.intervalText(terminal),
      ] + confusion[index].map { $0 == 0 ? "" : "\($0)" }
    }
    table.footer = ["all", "\(accuracy.total)", accuracy.text, accuracy.intervalText(terminal)]
    let note =
      "the most common category alone: \(mostCommon.text)"
      + (unlabeledPrompts > 0
        ? "; \(Numbers.count(unlabeledPrompts, "prompt")) without a known category left out" : "")
    return table.lines(terminal) + [note]
  }
}
