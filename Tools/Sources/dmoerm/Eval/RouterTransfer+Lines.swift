@_spi(Command) import DMoERM

extension RouterTransfer {
  /// How often routers are right on each source, with and without having seen it.
  func lines(_ terminal: Terminal) -> [String] {
    guard !sources.isEmpty else {
      return ["No category has prompts of two sources: what a router owes to sources cannot be told."]
    }
    var table = TextTable([
      ("source", .left), ("prompts", .right), ("seen", .right), ("95 % interval", .right), ("left out", .right),
      ("95 % interval", .right), ("most common", .right),
    ])
    func row(_ name: String, _ known: Proportion, _ unseen: Proportion, _ common: Proportion) -> [String] {
      [
        name.onOneLine, "\(known.total)", known.text, known.intervalText(terminal), unseen.text,
        unseen.intervalText(terminal), common.text,
      ]
    }
    table.rows = sources.map { row($0.name, $0.known, $0.unseen, $0.mostCommon) }
    if sources.count > 1 { table.footer = row("all", known, unseen, mostCommon) }
    let note =
      leftOutPrompts > 0
      ? ["\(Numbers.count(leftOutPrompts, "prompt")) of no source, or of a category that no other source has"] : []
    return ["Routers that have seen other prompts of a source, and routers that it was left out for:"]
      + table.lines(terminal) + note
  }
}
