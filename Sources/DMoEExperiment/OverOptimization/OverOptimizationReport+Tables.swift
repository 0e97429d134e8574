import DMoEReport
import DMoETrain

extension OverOptimizationReport {
  /// All tables, in order.
  var tables: [ResultTable] {
    let comparison = ExperimentReport(result: result.comparison, title: title)
    return [bestOfNTable, policyTable, runTable, costTable, comparison.contenderTable]
      + [comparison.accuracyTable(.validation)]
  }

  /// What choosing among more and more texts came to.
  var bestOfNTable: ResultTable {
    let most = result.rows.first?.bestOfN.points.last?.effort ?? 0
    let rows = result.rows.map { row in curveCells(row, row.bestOfN, "n = ") }
    return ResultTable(
      title: "Best of n",
      note: """
        Gold of the text that each proxy chooses among \(most), over all draws without replacement; where gold is highest; what is \
        lost after it, of each half of the prompts where gold of the other is highest; the difference at the end is to "\(referenceName)", on the same prompts. α, β and the turn are those of \
        d (α − β d), d the root of the divergence in nats. Gold itself as proxy gains \(Self.signed(result.ceiling)). \(Self.unit)
        """,
      header: Self.curveHeader("highest at n"), rows: rows)
  }

  /// What training policies came to.
  var policyTable: ResultTable {
    ResultTable(
      title: "Trained policies",
      note: """
        Gold on \(policyPrompts) at the end of training, the mean over seeds; α, β and the turn are those of d (α − β log d). \
        \(Self.unit)
        """,
      header: Self.curveHeader("highest at step"),
      rows: result.rows.compactMap { row in row.policy.map { curveCells(row, $0, "step ") } })
  }

  /// "32 held-out prompts", and how many of them are left out.
  private var policyPrompts: String {
    let rows = result.rows.filter { $0.policy != nil || $0.policyPromptsLeftOut > 0 }
    let prompts = "\(rows.map(\.policyPrompts).max() ?? 0) held-out prompts"
    let left = rows.map(\.policyPromptsLeftOut).max() ?? 0
    return left == 0 ? prompts : prompts + " (up to \(left) of them left out, without a reward in some measurement)"
  }

  private static func curveHeader(_ peak: String) -> [String] {
    [
      "proxy", "gold at the end", "difference", "proxy at the end", "nats at the end", peak, "gold there",
      "lost after it", "α", "β", "turn, nats",
    ]
  }

  private func curveCells(
    _ row: OverOptimizationResult.Row, _ curve: OverOptimizationResult.Curve, _ effort: String
  ) -> [String] {
    let (peak, last) = (curve.points[curve.peak], curve.points[curve.points.count - 1])
    let missing = NumberText.missing
    return [
      row.name, Self.text(last.gold),
      curve.difference.map(Self.text) ?? (row.reading == result.reference ? "reference" : missing),
      Self.signed(last.proxy.value), NumberText.fixed(last.divergence, digits: 2), effort + "\(peak.effort)",
      Self.signed(peak.gold.value), curve.lossAfterPeak.map(Self.text) ?? missing,
      curve.fit.map { Self.text($0.alpha) } ?? missing, curve.fit.map { Self.text($0.beta) } ?? missing,
      curve.fit.map(Self.turn) ?? missing,
    ]
  }

  /// "4.1 (2.9 – ∞)".
  private static func turn(_ fit: OverOptimizationFit) -> String {
    func number(_ value: Double?) -> String {
      guard let value else { return "∞" }
      return value >= 1000 ? "> 1000" : NumberText.fixed(value, digits: 1)
    }
    return "\(number(fit.turn)) (\(number(fit.turnLower)) – \(number(fit.turnUpper)))"
  }

  /// Every training of a policy.
  var runTable: ResultTable {
    ResultTable(
      title: "Runs of policies",
      note: "Each seed's own: at the end of its training, and where gold was highest.",
      header: [
        "run", "steps", "nats", "proxy", "gold", "highest gold", "at step", "texts without reward", "ended, for",
      ],
      rows: result.rows.flatMap(\.runs).map { run in
        let last = run.points.last
        let peak = run.points.max { $0.gold < $1.gold }
        func signed(_ value: Double?) -> String { value.map(Self.signed) ?? NumberText.missing }
        return [
          "\(run.id)", "\(run.steps)", NumberText.fixed(last?.divergence, digits: 2), signed(last?.proxy),
          signed(last?.gold), signed(peak?.gold), peak.map { "\($0.step)" } ?? NumberText.missing,
          "\(run.textsWithoutReward)", run.ending,
        ]
      })
  }

  /// How good proxies are on pairs, and what it costs to ask them.
  var costTable: ResultTable {
    let own = result[result.reference]?.millisecondsPerText
    return ResultTable(
      title: "Proxies",
      note: """
        The share of validation pairs that a proxy orders as gold does; the time it takes alone to score a text among others of its \
        prompt, on this machine and its threads, and how often that of "\(referenceName)".
        """,
      header: ["proxy", "pairs as gold", "ms a text", "times the reference"],
      rows: result.rows.map { row in
        let times = row.millisecondsPerText.flatMap { time in own.map { time / $0 } }
        return [
          row.name, row.agreement.map { ExperimentReport.text($0) } ?? NumberText.missing,
          NumberText.fixed(row.millisecondsPerText, digits: 2), NumberText.fixed(times, digits: 2),
        ]
      })
  }

  /// The tables as Markdown.
  ///
  /// - Parameter picture: The file of `picture()`, relative to the page; `nil` leaves it out.
  public func markdown(picture: String? = nil) -> String {
    let shown = picture.map { "![What proxies say (dashed) and what gold says (solid)](\($0))\n\n" } ?? ""
    return "# \(title)\n\n" + allFacts.map { "* \($0.0): \($0.1)\n" }.joined() + "\n" + shown
      + tables.map(\.markdown).joined()
  }
}
