@_spi(Command) public import DMoEFoundation
import DMoEReport

extension BenchmarkResult {
  /// The result as aligned text: a table for all scores, one for the experts, then what it is not.
  ///
  /// Columns: what the score is of, items, prompts, the score, its 95 % interval by prompts, and what choosing the longer reply
  /// gets.
  public func textTable() -> String {
    var lines = table.rendered()
    if let experts = expertTable { lines += "\n" + experts.rendered() }
    return lines + (notes.isEmpty ? "" : "\n") + notes.map { $0 + "\n" }.joined()
  }

  /// All scores, those that belong together set apart.
  @_spi(Command) public var table: TextTable {
    var table = TextTable(header: [
      benchmark.categoryTitle, "items", "prompts", "score", "95 % interval", "longer reply",
    ])
    table.expendable = [2]
    for (place, part) in tables.enumerated() {
      if place > 0 { table.rows += [[], [part.title]] }
      for score in part.scores { table.append(score.cells(part.unit)) }
    }
    table.footer =
      overall.map { [benchmark.title] + $0.cells(.share).dropFirst() } ?? [benchmark.title, "\(items)"]
    return table
  }

  /// What each expert alone gets, beside the model; nil without experts.
  @_spi(Command) public var expertTable: TextTable? {
    guard !experts.isEmpty else { return nil }
    var table = TextTable(header: ["expert", "items", "its score", "95 % interval", "the model's", "longer reply"])
    for expert in experts {
      let cells = expert.score.cells(.share)
      table.append([cells[0], cells[1], cells[3], cells[4], NumberText.percent(expert.model), cells[5]])
    }
    return table
  }

  /// Why there is no score of the whole, if there is none, and what was left out.
  @_spi(Command) public var notes: [String] {
    var notes: [String] = []
    func note(_ text: String, _ categories: [String]) {
      if !categories.isEmpty { notes.append(text + categories.map(\.onOneLine).joined(separator: ", ")) }
    }
    note("not the whole benchmark: without ", missingCategories)
    note("not as many items as published: ", incompleteCategories)
    note("not of \(benchmark.title): ", unknownCategories)
    if overLengthItems > 0 {
      notes.append("\(ReportText.count(overLengthItems, "item")) longer than the model reads left out")
    }
    if emptyItems > 0 {
      notes.append("\(ReportText.count(emptyItems, "item")) with an empty turn or response left out")
    }
    return notes
  }

  /// Items that were scored.
  var items: Int { tables.first?.scores.reduce(0) { $0 + $1.items } ?? 0 }
}

extension BenchmarkScore {
  /// Its name, items, prompts, value, interval and the longer reply's.
  func cells(_ unit: BenchmarkTable.Unit) -> [String] {
    func text(_ value: Double) -> String {
      unit == .share ? NumberText.fixed(value * 100, digits: 1) : NumberText.fixed(value, digits: 3)
    }
    return [
      name, "\(items)", "\(prompts)", text(value), "\(text(lower))–\(text(upper))", text(longerReply),
    ]
  }
}
