@_spi(Command) import DMoERM

/// What the demo measured on held-out prompts.
struct DemoResult: Encodable {
  var untrained: RankingEvaluation
  var trained: RankingEvaluation
  var router: RouterEvaluation?
  var bundle: String
  var report: String
  /// A command to type next.
  var next: String

  /// Accuracy by category: untrained, longer reply, trained.
  func lines(_ terminal: Terminal) -> [String] {
    var table = TextTable([
      ("category", .left), ("held-out pairs", .right), ("untrained", .right), ("longer reply", .right),
      ("trained", .right), ("95 % interval", .right),
    ])
    table.expendable = [5, 1, 3]
    func row(_ name: String, _ slice: RankingSlice, _ before: RankingSlice?) -> [String] {
      [
        name, "\(slice.pairs)", before?.accuracy.text ?? "", slice.longerReply.text,
        terminal.styled(slice.accuracy.text, .bold), slice.accuracy.intervalText(terminal),
      ]
    }
    table.rows = trained.categories.map { slice in
      row(slice.name, slice, untrained.categories.first { $0.name == slice.name })
    }
    table.footer = row("all", trained.overall, untrained.overall)
    var lines = table.lines(terminal)
    if let router {
      lines += [
        "",
        "The router sends \(router.accuracy.text) of \(router.accuracy.total) held-out prompts to their category "
          + "(\(router.accuracy.intervalText(terminal)) %).",
      ]
    }
    return lines
  }
}
