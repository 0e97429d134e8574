import DMoEEvaluate
@_spi(Command) import DMoEFoundation
import DMoEReport

extension TrainingReport {
  /// The numbers that one looks for first.
  var summary: Markup {
    var tiles: [Markup] = []
    func tile(_ name: String, _ value: String, _ detail: String, isMain: Bool = false) {
      tiles.append(.tile(name, value, detail, isMain: isMain))
    }
    for (index, evaluation) in evaluations.enumerated() {
      let slice = evaluation.1.overall
      tile(
        index == 0 ? "Ranking accuracy" : ReportText.displayName(evaluation.name),
        NumberText.percent(slice.accuracy.value),
        slice.pairs > 0 ? "95 % \(NumberText.interval(slice.accuracy))\n\(slice.pairs) pairs" : "no pairs",
        isMain: index == 0)
    }
    if let slice = evaluations.first?.1.overall, slice.pairs > 0 {
      tile("The longer reply", NumberText.percent(slice.longerReply.value), "by length alone,\nthe same pairs")
    }
    if let router {
      tile(
        "Router accuracy", NumberText.percent(router.accuracy.value),
        "95 % \(NumberText.interval(router.accuracy))\n\(router.accuracy.total) prompts")
    }
    let summaries = run.phases.compactMap(\.summary)
    if !summaries.isEmpty {
      tile(
        "Training time", DurationText.clock(summaries.reduce(0) { $0 + $1.seconds }),
        "\(summaries.count) of \(ReportText.count(run.phases.count, "phase")) done")
    }
    if let speed = medianTokensPerSecond {
      tile("Tokens a second", NumberText.fixed(speed, digits: 0), "median over all steps")
    }
    return .tiles(tiles)
  }

  private var medianTokensPerSecond: Double? {
    run.phases.flatMap(\.steps).map(\.tokensPerSecond).filter { $0.isFinite && $0 > 0 }.upperMedian
  }

  /// Accuracy by category and by capability point, beside the other models and the longer reply.
  var accuracySection: Markup {
    guard let own = evaluations.first?.1 else { return .empty }
    let marks: [DotIntervalChart.Mark] = [.dot, .ring, .square]
    var series = evaluations.prefix(marks.count).enumerated().map {
      DotIntervalChart.Series(name: $0.element.name, mark: marks[$0.offset])
    }
    series.append(.init(name: "always the longer reply", mark: .diamond, hasInterval: false))
    let shown = evaluations.prefix(marks.count).map { $0.1 }
    func row(
      _ slice: RankingSlice, _ label: String, isTotal: Bool = false, _ find: (RankingEvaluation) -> RankingSlice?
    ) -> DotIntervalChart.Row {
      .init(
        label: label, detail: ReportText.count(slice.pairs, "pair"),
        values: shown.map { find($0)?.accuracy } + [slice.longerReply], isTotal: isTotal)
    }
    var content: [Markup] = [
      .card(
        DotIntervalChart(
          series: series,
          rows: [row(own.overall, "All categories", isTotal: true) { $0.overall }]
            + inOrder(own.categories).map { slice in
              row(slice, ReportText.displayName(slice.name)) { $0.categories.first { $0.name == slice.name } }
            }
        ).markup)
    ]
    if own.lengths.count > 1 { content.append(.card(lengthChart(own, series, row))) }
    if !own.capabilities.isEmpty { content.append(.card(capabilityChart(own))) }
    return .section(
      "Ranking accuracy",
      note: """
        The share of the measured pairs whose better response gets the greater reward; the line through a mark is its \
        95 % interval, the dashed line a coin. What beats the diamond has learned more than length.
        """, content.joined)
  }

  /// By the length of what is read.
  private func lengthChart(
    _ own: RankingEvaluation, _ series: [DotIntervalChart.Series],
    _ row: (RankingSlice, String, Bool, (RankingEvaluation) -> RankingSlice?) -> DotIntervalChart.Row
  ) -> Markup {
    let rows = own.lengths.map { slice in
      row(slice, "\(slice.name) characters", false) { $0.lengths.first { $0.name == slice.name } }
    }
    return .element("h3", [:], "By length of text")
      + .element("p", ["class": "note"], "The conversation with the longer response of a pair.")
      + DotIntervalChart(series: series, rows: rows).markup
  }

  /// Slices of categories, or of their capability points, as the run has them; those it does not know come last.
  private func inOrder(_ slices: [RankingSlice]) -> [RankingSlice] {
    var places: [String: Int] = [:]
    for (place, phase) in run.phases.map(\.phase).enumerated() {
      switch phase {
      case .router, .sharedHead, .sharedBase: continue
      case .base(let category), .aggregator(let category): places[category] = places[category] ?? place
      case .expert(let category, let point): places["\(category)/\(point)"] = place
      }
    }
    return slices.enumerated().sorted { left, right in
      let (first, second) = (places[left.element.name] ?? .max, places[right.element.name] ?? .max)
      return first == second ? left.offset < right.offset : first < second
    }.map(\.element)
  }

  private func capabilityChart(_ own: RankingEvaluation) -> Markup {
    let hasExperts = own.capabilities.contains { $0.expertAccuracy != nil }
    let rows = inOrder(own.capabilities).map { slice in
      DotIntervalChart.Row(
        label: slice.name.split(separator: "/").map { ReportText.displayName(String($0)) }.joined(separator: " · "),
        detail: ReportText.count(slice.pairs, "pair"),
        values: (hasExperts ? [slice.expertAccuracy] : []) + [slice.accuracy, slice.longerReply])
    }
    let experts = hasExperts ? [DotIntervalChart.Series(name: "the point's expert", mark: .dot)] : []
    let chart = DotIntervalChart(
      series: experts + [
        .init(name: "the final reward", mark: .square),
        .init(name: "always the longer reply", mark: .diamond, hasInterval: false),
      ], rows: rows)
    let note =
      hasExperts
      ? "How often the point's own expert, and the final reward, agree with the point's labels."
      : "How often the final reward agrees with the point's labels."
    return .element("h3", [:], "By capability point") + .element("p", ["class": "note"], "\(note)") + chart.markup
  }

  /// Whether differences of rewards are the odds that they claim to be.
  var calibrationSection: Markup {
    guard let own = evaluations.first?.1, own.overall.pairs > 0 else { return .empty }
    let correlation = own.lengthCorrelation
    let rows: [(String, String)] = [
      ("Temperature", NumberText.fixed(own.temperature, digits: 2)),
      ("Expected calibration error", NumberText.percent(own.calibration.expectedError)),
      ("Brier score (a coin: 0.250)", NumberText.fixed(own.calibration.brierScore, digits: 3)),
      ("Loss (a coin: 0.693)", NumberText.fixed(own.overall.meanLoss, digits: 3)),
      ("Mean margin", NumberText.fixed(own.overall.meanMargin, digits: 3)),
      ("Pairs of equal reward", "\(own.overall.tiedRewards)"),
      ("Accuracy where the shorter reply is better", NumberText.percent(own.overall.shorterChosen.value)),
      ("Reward and length, Pearson", NumberText.fixed(correlation.pearson, digits: 2)),
      ("Reward and length, Spearman", NumberText.fixed(correlation.spearman, digits: 2)),
      ("Accuracy on pairs of equal length", NumberText.percent(own.lengthControl.matched.value)),
      ("Accuracy without length's share of the reward", NumberText.percent(own.lengthControl.removed.value)),
      ("Preference and reward, correlation", NumberText.fixed(own.lengthControl.correlation, digits: 2)),
      ("The same with length held fixed", NumberText.fixed(own.lengthControl.partialCorrelation, digits: 2)),
      ("Samples too long to score", "\(own.overLengthSamples)"),
    ]
    return .section(
      "Confidence and length",
      note: """
        Pairs by σ(difference of rewards / temperature): on the dashed line the model is as often right as it claims, below \
        it claims too much. Dots are larger where there are more pairs.
        """,
      .card(
        .element(
          "div", ["class": "cols"],
          .figure("Share right by confidence", ReliabilityChart(calibration: own.calibration).markup),
          .element(
            "table", [:],
            .element(
              "tbody", [:],
              rows.map { .element("tr", [:], .element("td", [:], "\($0.0)"), .element("td", [:], "\($0.1)")) })))))
  }

  /// The router's confusions.
  var routerSection: Markup {
    let record = run[.router]
    guard router != nil || record?.hasCurve == true else { return .empty }
    var figures: [Markup] = []
    if let router {
      let map = HeatMap(names: router.categories.map { ReportText.displayName($0.name) }, counts: router.confusion)
      figures.append(.figure("Rows: the prompt's own category. Columns: where it was routed.", map.markup))
    }
    if let record, record.hasCurve {
      figures.append(.figure("Loss by step (nats a prompt)", PhaseCurves(record: record).loss(height: 230)))
    }
    let detail = router.map {
      "Always the most common category would be right in \(NumberText.percent($0.mostCommon.value)); "
        + "mean log loss \(NumberText.fixed($0.meanLogLoss, digits: 3)) nats."
    }
    return .section(
      "Router",
      note: "Which task category a prompt is sent to. " + (detail ?? ""),
      .card(.element("div", ["class": "cols"], figures)))
  }
}
