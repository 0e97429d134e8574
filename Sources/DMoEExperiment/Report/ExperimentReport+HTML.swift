import DMoEEvaluate
import DMoEReport
import DMoETrain

extension ExperimentReport {
  /// The page: HTML with its styles and pictures inside.
  public func html() -> String {
    let numbers = tables.filter { !$0.rows.isEmpty }.map { Markup.folded($0.title, $0.markup) }
    return ReportPage(
      title: title, facts: facts, sheets: [BestOfNChart.sheet],
      content: [summary, summarySection, accuracySection, bestOfNSection, calibrationSection]
        + [.section("Numbers", note: "What the pictures show, and more.", .card(numbers.joined))],
      footer: "Intervals are 95 %, by resampling prompts 2,000 times."
    ).html()
  }

  private var summary: Markup {
    let set = mainSet
    let tiles = result.rows.filter { $0.reading.isPlain }.prefix(6).compactMap { row -> Markup? in
      guard let own = row.result(on: set) else { return nil }
      let detail = own.comparison.map { "\(Self.signed($0.difference, nil)) to \(result.referenceName)" } ?? "reference"
      return .tile(
        row.name, NumberText.percent(own.accuracy.value), "\(set), \(own.pairs) pairs\n\(detail)",
        isMain: row.structure == .mixture)
    }
    return .tiles(tiles)
  }

  /// All sets at a glance.
  private var summarySection: Markup {
    let table = summaryTable
    guard !table.rows.isEmpty else { return .empty }
    return .section("All sets", note: table.note, .card(table.markup))
  }

  /// A card for every set.
  private var accuracySection: Markup {
    .section(
      "Ranking accuracy",
      note: """
        The share of pairs whose better response gets the greater reward, with its 95 % interval; the small print is the \
        difference to "\(result.referenceName)" on the same pairs, and the dashed line a coin.
        """, shownSets.map(accuracyCard).joined)
  }

  /// A row for every reading, contenders before what is read out of them; all sets have one axis.
  private func accuracyCard(_ set: SetID) -> Markup {
    let rows = accuracyRows(set)
    guard !rows.isEmpty else { return .empty }
    let title = set == .validation ? "validation (temperatures are found on it)" : set.description
    let lowest = shownSets.flatMap(accuracyRows).flatMap(\.values).compactMap { $0?.interval.lowerBound }.min()
    return .card(
      .element("h3", [:], "\(title)"),
      DotIntervalChart(
        series: [.init(name: "share of pairs ordered right", mark: .dot)], rows: rows, lowest: lowest
      ).markup)
  }

  private func accuracyRows(_ set: SetID) -> [DotIntervalChart.Row] {
    result.contendersFirst.compactMap { row in row.result(on: set).map { accuracyRow(row, $0) } }
  }

  private func accuracyRow(
    _ row: ExperimentResult.Row, _ own: ExperimentResult.SetResult
  ) -> DotIntervalChart.Row {
    let interval = own.accuracy.lower...max(own.accuracy.lower, own.accuracy.upper)
    return .init(
      label: row.name,
      detail: own.comparison.map { "\(Self.signed($0.difference, $0.interval)) points" } ?? "reference",
      values: [Estimate(value: own.accuracy.value, interval: interval)], isTotal: row.reading == result.reference)
  }

  private var bestOfNSection: Markup {
    let curves = result.rows.filter { $0.bestOfN != nil && ($0.reading.isPlain || $0.reading.isEnsemble) }
    guard !curves.isEmpty else { return .empty }
    let shown = curves.prefix(BestOfNChart.limit).compactMap { row in row.bestOfN.map { (row.name, $0) } }
    return .section(
      "Best of n",
      note: """
        Left: the mean gold (what the better judge says) of the response that each reward chooses among n. Right: the \
        reward itself, in standard deviations. Gold that falls while the reward rises is over-optimization.
        """,
      .card(
        .element(
          "div", ["class": "cols"],
          .figure("Gold by log n − (n − 1)/n (nats)", BestOfNChart(curves: shown, value: \.gold).markup),
          .figure("Reward by the same divergence", BestOfNChart(curves: shown, value: \.proxy).markup)),
        BestOfNChart.legend(shown.map(\.0))))
  }

  private var calibrationSection: Markup {
    let set = mainSet
    let figures = result.rows.filter { $0.reading.isPlain && $0.structure != .length }.prefix(4).compactMap {
      row in
      row.result(on: set).map { own in
        Markup.figure(
          "\(row.name): ECE \(NumberText.percent(own.calibrationErrorScaled)), T \(NumberText.fixed(own.temperature, digits: 2))",
          ReliabilityChart(calibration: own.calibration).markup)
      }
    }
    guard !figures.isEmpty else { return .empty }
    return .section(
      "Calibration",
      note: """
        Pairs of "\(set)" by σ(difference / temperature): on the dashed line the model is as often right as it claims.
        """, .card(.element("div", ["class": "cols"], figures)))
  }
}
