@_spi(Command) public import DMoEFoundation
import DMoEReport

extension RankingComparison {
  /// The comparison as aligned text: one line a slice, the whole last.
  ///
  /// Columns: slice, pairs, accuracy of both, their difference in percentage points, its 95 % interval by prompts, and the
  /// chance of so uneven a split if neither is better.
  public func textTable() -> String { table.rendered() }

  /// The same as a table.
  @_spi(Command) public var table: TextTable {
    var table = TextTable(
      header: ["pairs of", "pairs", "accuracy", "the other's", "difference", "95 % interval", "p"])
    for (title, slices) in groups {
      for slice in slices { table.append(slice.cells("\(title) \(slice.name)")) }
    }
    table.footer = overall.cells("all")
    return table
  }
}

extension RankingComparison.Slice {
  fileprivate func cells(_ title: String) -> [String] {
    let interval = comparison.interval.map {
      "\(NumberText.points($0.lowerBound)) to \(NumberText.points($0.upperBound))"
    }
    return [
      title, "\(comparison.pairs)", NumberText.percent(first.value), NumberText.percent(second.value),
      NumberText.points(comparison.difference), interval ?? NumberText.missing,
      comparison.pValue < 0.001 ? "< 0.001" : NumberText.fixed(comparison.pValue, digits: 3),
    ]
  }
}
