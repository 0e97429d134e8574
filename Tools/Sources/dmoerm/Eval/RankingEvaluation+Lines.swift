@_spi(Command) import DMoERM

extension RankingEvaluation {
  /// The evaluation in at most 80 columns for usual names: accuracy beside what length alone gets.
  func lines(_ terminal: Terminal) -> [String] {
    var table = TextTable([
      ("pairs of", .left), ("pairs", .right), ("accuracy", .right), ("95 % interval", .right), ("longer reply", .right),
      ("shorter chosen", .right),
    ])
    func row(_ name: String, _ slice: RankingSlice) -> [String] {
      [
        name, "\(slice.pairs)", slice.accuracy.text, slice.accuracy.intervalText(terminal), slice.longerReply.text,
        slice.shorterChosen.text,
      ]
    }
    func section(_ title: String, _ slices: [RankingSlice]) {
      for slice in slices { table.rows.append(row("\(title) \(slice.name.onOneLine)", slice)) }
    }
    section("category", categories)
    if sources.count > 1 { section("source", sources) }
    if languages.count > 1 { section("language", languages) }
    if lengths.count > 1 { section("characters", lengths) }
    table.footer = row("all", overall)
    var lines = table.lines(terminal)
    if !capabilities.isEmpty {
      var points = TextTable([
        ("capability", .left), ("pairs", .right), ("reward", .right), ("95 % interval", .right), ("its expert", .right),
        ("others", .right), ("longer reply", .right),
      ])
      points.rows = capabilities.map { slice in
        [
          slice.name.onOneLine, "\(slice.pairs)", slice.accuracy.text, slice.accuracy.intervalText(terminal),
          slice.expertAccuracy?.text ?? "", slice.othersAccuracy?.text ?? "", slice.longerReply.text,
        ]
      }
      lines += [""] + points.lines(terminal)
    }
    return lines + [""] + FactList(facts(terminal)).lines(terminal)
  }

  private func facts(_ terminal: Terminal) -> [(String, String?)] {
    [
      (
        "calibration",
        calibration.expectedError.map { error in
          "expected error \(Numbers.fixed(error * 100, 1)) %"
            + (calibration.brierScore.map { ", Brier score \(Numbers.fixed($0, 3))" } ?? "")
        }
      ),
      (
        "reward and length",
        lengthCorrelation.pearson.map { pearson in
          "Pearson \(Numbers.fixed(pearson, 2))"
            + (lengthCorrelation.spearman.map { ", Spearman \(Numbers.fixed($0, 2))" } ?? "")
            + " over \(Numbers.count(lengthCorrelation.responses, "response"))"
        }
      ),
      (
        "without length",
        overall.pairs > 0
          ? "\(lengthControl.removed.text) right"
            + (lengthControl.matched.total > 0
              ? ", \(lengthControl.matched.text) of \(Numbers.count(lengthControl.matched.total, "pair")) of equal length"
              : "")
            + (lengthControl.partialCorrelation.map { "; partial correlation \(Numbers.fixed($0, 2))" } ?? "") : nil
      ),
      (
        "equal rewards",
        overall.tiedRewards > 0 ? "\(Numbers.count(overall.tiedRewards, "pair")), each counted half" : nil
      ),
      ("too long", overLengthSamples > 0 ? "\(Numbers.count(overLengthSamples, "sample")) left out" : nil),
    ]
  }
}
