import DMoEReport

extension LabelingReport {
  /// The report as a page that needs no network, light or dark as the reader's system is.
  ///
  /// - Parameters:
  ///   - title: The heading.
  ///   - facts: What to know of the run (judges, prompts, data, date, ...), in order.
  public func html(title: String, facts: [(String, String)] = []) -> String {
    ReportPage(
      title: title, facts: facts, sheets: [StackedBarChart.sheet, Self.sheet],
      content: [
        summary, outcomeSection, trustSection, judgeSection, costSection, numberSection, definitionSection,
      ],
      footer: """
        Intervals are of 95 %: Wilson's for shares, Bonett and Price's for the position bias, 1.96 standard errors for \
        kappa. Comparisons are counted as if they were independent, and so are the judgements of several judges.
        """
    ).html()
  }

  /// The numbers that one looks for first.
  private var summary: Markup {
    func interval(_ proportion: (value: String, cases: Int), _ noun: String) -> String {
      proportion.cases > 0
        ? "95 % \(proportion.value)\n\(ReportText.count(proportion.cases, noun))" : "nothing to count"
    }
    let consistency = overall.selfConsistency
    let position = overall.position
    var tiles: [Markup] = [
      .tile(
        "Kept as labels", NumberText.percent(overall.keptShare.value),
        "\(overall.kept) of \(overall.judged) judged\n\(ReportText.count(overall.comparisons, "comparison"))",
        isMain: true),
      .tile(
        "Self-consistency", NumberText.percent(consistency.value),
        interval((NumberText.interval(consistency), consistency.total), "judgement")),
      .tile(
        "Position bias", NumberText.percent(position.firstShare),
        "for the first shown\n" + interval((NumberText.interval(position.estimate), position.judgements), "judgement")),
    ]
    if overall.human.comparisons > 0 {
      let rate = overall.human.rate
      tiles.append(
        .tile(
          "Human agreement", NumberText.percent(rate.value),
          interval((NumberText.interval(rate), rate.total), "comparison")))
      let kappa = overall.human.kappa
      tiles.append(
        .tile(
          "Human kappa", NumberText.fixed(kappa.value, digits: 2),
          (kappa.interval == nil ? "" : "95 % \(kappa.range)\n")
            + ReportText.count(kappa.cases, "comparison")))
    }
    if let cost {
      let each = cost.text(perOneOf: overall.kept).map { "\($0) a kept label" }
      tiles.append(
        .tile(
          "Cost", cost.text(perOneOf: 1) ?? NumberText.missing,
          ["\(NumberText.grouped(cost.total.requests)) requests", each].compactMap { $0 }.joined(separator: "\n")))
    }
    return .tiles(tiles)
  }

  /// The outcomes as bars, then why there is none.
  private var outcomeSection: Markup {
    let series: [StackedBarChart.Series] = [
      .init(name: "kept", shade: .blue), .init(name: "tie", shade: .sky), .init(name: "inconsistent", shade: .orange),
      .init(name: "unparsable", shade: .plum), .init(name: "failed", shade: .dark),
      .init(name: "open", shade: .hollow),
    ]
    func row(_ label: String, _ slice: LabelingSlice, isTotal: Bool = false) -> StackedBarChart.Row {
      .init(
        label: label, detail: ReportText.count(slice.comparisons, "comparison"),
        counts: [
          slice.kept, slice.tie, slice.inconsistent, slice.unparsableCount, slice.failedCount, slice.open,
        ], value: NumberText.percent(slice.keptShare.value, digits: 0), isTotal: isTotal)
    }
    let chart = StackedBarChart(
      series: series,
      rows: [row("All comparisons", overall, isTotal: true)] + points.map { row($0.pointTitle, $0) })
    let causes = [("unparsable because", overall.unparsableCauses), ("failed because", overall.failureKinds)]
      .filter { !$0.1.isEmpty }
      .map { title, counts in
        Markup.table([title, "comparisons"], counts.map { ["\($0.name)", "\($0.count)"] })
      }
    var cards: [Markup] = [.card(chart.markup)]
    if !causes.isEmpty {
      cards.append(
        .card(.element("h3", [:], "Why there is no verdict"), .element("div", ["class": "cols"], causes)))
    }
    return .section(
      "What became of the comparisons",
      note: "One bar a capability point. The number to the right is the share of judged comparisons that is kept.",
      cards.joined)
  }

  /// Consistency, people and positions by point.
  private var trustSection: Markup {
    guard overall.judged > 0 else { return .empty }
    return .section(
      "How far the verdicts can be trusted",
      note: """
        The line through a mark is its 95 % interval; the dashed line is a coin. A judge without a preference for a \
        position has its ring on the dashed line. The number to the right is the self-consistency.
        """,
      .card(
        Self.trustChart([("All comparisons", overall)] + points.map { ($0.pointTitle, $0) }, hasTotal: true).markup))
  }

  /// - Parameter hasTotal: Whether the first slice is the whole.
  static func trustChart(_ slices: [(label: String, slice: LabelingSlice)], hasTotal: Bool) -> DotIntervalChart {
    let hasPeople = slices.contains { $0.slice.human.comparisons > 0 }
    let people = hasPeople ? [DotIntervalChart.Series(name: "human agreement", mark: .square)] : []
    return DotIntervalChart(
      series: [.init(name: "self-consistency", mark: .dot)] + people
        + [.init(name: "verdicts for the response shown first", mark: .ring)],
      rows: slices.enumerated().map { index, entry in
        let slice = entry.slice
        return .init(
          label: entry.label, detail: ReportText.count(slice.selfConsistency.total, "judgement"),
          values: [Estimate(slice.selfConsistency)] + (hasPeople ? [Estimate(slice.human.rate)] : [])
            + [slice.position.estimate],
          isTotal: hasTotal && index == 0)
      })
  }

  /// Each judge by itself, and every two of them; nothing for a single judge, whose figures stand above.
  private var judgeSection: Markup {
    guard judges.count > 1 else { return .empty }
    let chart = Self.trustChart(judges.map { ($0.name, $0.overall) }, hasTotal: false)
    let pairs = Markup.table(
      ["judges", "comparisons", "agreement", "95 %", "kappa", "95 %"],
      judgePairs.map { pair in
        ["\(pair.first) / \(pair.second)", "\(pair.agreement.comparisons)"]
          + pair.agreement.texts.map { Markup($0) }
      })
    return .section(
      "Judges", note: "Each by its own verdicts, before they are put together.",
      .card(chart.markup), .card(.element("h3", [:], "Between judges"), pairs))
  }
}

@_spi(Command) extension LabelingSlice {
  /// "Roleplay · Empathy".
  var pointTitle: String {
    [category.map(ReportText.displayName), capability.map(ReportText.displayName) ?? "Overall"].compactMap { $0 }
      .joined(separator: " · ")
  }
}
