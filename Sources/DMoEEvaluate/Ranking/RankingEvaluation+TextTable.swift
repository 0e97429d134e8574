@_spi(Command) import DMoEFoundation
import DMoEReport

extension RankingEvaluation {
  /// The evaluation as aligned text: one line a slice, then length and calibration.
  ///
  /// Columns: slice, pairs, accuracy, its 95 % interval, accuracy of the longer reply, difference in percentage
  /// points, accuracy where the chosen response is the shorter, mean margin and mean loss; for capability points
  /// also the accuracy of their experts.
  public func textTable() -> String {
    var table = TextTable(
      header: [
        "slice", "pairs", "accuracy", "95 % interval", "longer reply", "difference", "shorter chosen", "margin", "loss",
      ] + (capabilities.isEmpty ? [] : ["expert"]))
    table.append(Self.row(overall))
    for (title, slices) in groups {
      for slice in slices { table.append(Self.row(slice, title: "\(title) \(slice.name)")) }
    }
    var notes: [String] = []
    let tied = overall.tiedRewards
    if tied > 0 { notes.append("equal rewards: \(tied) of \(overall.pairs) pairs, each counted half") }
    if lengthCorrelation.pearson != nil || lengthCorrelation.spearman != nil {
      notes.append(
        "reward and length: Pearson \(NumberText.fixed(lengthCorrelation.pearson, digits: 2)), "
          + "Spearman \(NumberText.fixed(lengthCorrelation.spearman, digits: 2)) "
          + "over \(lengthCorrelation.responses) responses")
    }
    if overall.pairs > 0 {
      notes.append(
        "without length: \(NumberText.percent(lengthControl.removed.value)) right, "
          + "\(NumberText.percent(lengthControl.matched.value)) of \(lengthControl.matched.total) pairs of equal length; "
          + "partial correlation \(NumberText.fixed(lengthControl.partialCorrelation, digits: 2))")
    }
    if let error = calibration.expectedError {
      notes.append(
        "calibration: expected error \(NumberText.percent(error)), "
          + "Brier score \(NumberText.fixed(calibration.brierScore, digits: 3)), "
          + "at temperature \(NumberText.fixed(temperature, digits: 2))")
    }
    if overLengthSamples > 0 { notes.append("too long and left out: \(overLengthSamples) samples") }
    return table.rendered() + notes.map { $0 + "\n" }.joined()
  }

  /// Slices with a title for each kind, in the order of tables and reports; sources and languages and lengths only if they differ.
  package var groups: [(title: String, slices: [RankingSlice])] {
    [
      ("category", categories), ("capability", capabilities), ("source", sources.count > 1 ? sources : []),
      ("language", languages.count > 1 ? languages : []), ("characters", lengths.count > 1 ? lengths : []),
    ]
  }

  private static func row(_ slice: RankingSlice, title: String? = nil) -> [String] {
    [
      title ?? slice.name, "\(slice.pairs)", NumberText.percent(slice.accuracy.value),
      NumberText.interval(slice.accuracy), NumberText.percent(slice.longerReply.value),
      NumberText.points(slice.difference), NumberText.percent(slice.shorterChosen.value),
      NumberText.fixed(slice.meanMargin, digits: 3), NumberText.fixed(slice.meanLoss, digits: 3),
    ] + (slice.expertAccuracy.map { [NumberText.percent($0.value)] } ?? [])
  }
}

extension RouterEvaluation {
  /// The evaluation as aligned text: one line a category with the prompts routed to each, then the whole.
  public func textTable() -> String {
    var table = TextTable(
      header: ["category", "prompts", "recall", "95 % interval", "precision"] + categories.map { "→ \($0.name)" })
    for (index, category) in categories.enumerated() {
      table.append(
        [
          category.name, "\(category.recall.total)", NumberText.percent(category.recall.value),
          NumberText.interval(category.recall), NumberText.percent(category.precision.value),
        ] + confusion[index].map { "\($0)" })
    }
    table.append(["all", "\(accuracy.total)", NumberText.percent(accuracy.value), NumberText.interval(accuracy)])
    var notes = ["most common category always: \(NumberText.percent(mostCommon.value))\n"]
    if let meanLogLoss { notes.append("mean log loss: \(NumberText.fixed(meanLogLoss, digits: 3)) nats\n") }
    if unlabeledPrompts > 0 { notes.append("without a known category and left out: \(unlabeledPrompts) prompts\n") }
    return table.rendered() + notes.joined()
  }
}
