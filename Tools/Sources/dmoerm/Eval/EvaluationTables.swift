import DMoERM

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
    table.footer = row("all", overall)
    var lines = table.lines(terminal)
    if !capabilities.isEmpty {
      var points = TextTable([
        ("capability", .left), ("pairs", .right), ("reward", .right), ("95 % interval", .right), ("its expert", .right),
        ("longer reply", .right),
      ])
      points.rows = capabilities.map { slice in
        [
          slice.name.onOneLine, "\(slice.pairs)", slice.accuracy.text, slice.accuracy.intervalText(terminal),
          slice.expertAccuracy?.text ?? "", slice.longerReply.text,
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
        "equal rewards",
        overall.tiedRewards > 0 ? "\(Numbers.count(overall.tiedRewards, "pair")), each counted half" : nil
      ),
      ("too long", overLengthSamples > 0 ? "\(Numbers.count(overLengthSamples, "sample")) left out" : nil),
    ]
  }
}

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
