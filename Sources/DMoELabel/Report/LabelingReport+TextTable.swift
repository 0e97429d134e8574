@_spi(Command) import DMoEFoundation
import DMoEReport

extension LabelingReport {
  /// The report as aligned text: outcomes by slice, the quality of the verdicts, people, judges, cost.
  ///
  /// - Parameters:
  ///   - width: The columns of the terminal: names of slices that do not fit are shortened; nil shortens none.
  ///   - rule: What the rule under a head is made of.
  public func textTable(width: Int? = nil, rule: Character = "─") -> String {
    func text(_ table: TextTable) -> String {
      table.lines(TextTable.Layout(width: width, rule: rule)).map { $0 + "\n" }.joined()
    }
    var parts = [text(outcomeTable) + outcomeNotes, text(qualityTable)]
    if rows.contains(where: { $0.slice.human.comparisons > 0 }) { parts.append(text(peopleTable)) }
    if !judgePairs.isEmpty { parts.append(text(pairTable)) }
    if let cost { parts.append(text(Self.costTable(cost)) + costNotes(cost)) }
    return parts.joined(separator: "\n")
  }

  /// The slices of all tables with their names: the whole, the points, and the sources if there are several.
  var slices: [(name: String, slice: LabelingSlice)] {
    [("all", overall)] + points.map { ($0.pointName, $0) }
      + (sources.count > 1 ? sources.map { ("source \($0.source ?? "")", $0) } : [])
  }

  private var outcomeTable: TextTable {
    var table = TextTable(
      header: ["slice", "comparisons", "kept", "kept %", "tie", "inconsistent", "unparsable", "failed", "open"])
    for (name, slice) in slices {
      let counts = [slice.tie, slice.inconsistent, slice.unparsableCount, slice.failedCount, slice.open]
      table.append(
        [name, "\(slice.comparisons)", "\(slice.kept)", NumberText.percent(slice.keptShare.value)]
          + counts.map { "\($0)" })
    }
    return table
  }

  private var outcomeNotes: String {
    [
      ("comparisons unparsable, by their first bad reply", overall.unparsableCauses),
      ("comparisons failed, by their first failure", overall.failureKinds),
    ]
    .filter { !$0.1.isEmpty }
    .map { title, causes in
      "\(title): \(causes.map { "\($0.name.onOneLine) \($0.count)" }.joined(separator: ", "))\n"
    }
    .joined()
  }

  /// The slices, and below them the judges by themselves if there are several.
  private var rows: [(name: String, slice: LabelingSlice)] {
    slices + (judges.count > 1 ? judges.map { ("judge \($0.name)", $0.overall) } : [])
  }

  private var qualityTable: TextTable {
    var table = TextTable(
      header: ["slice", "self-consistency", "95 %", "shown first", "95 %", "always first", "always second"])
    for (name, slice) in rows {
      table.append([name] + slice.qualityTexts + ["\(slice.position.bothFirst)", "\(slice.position.bothSecond)"])
    }
    return table
  }

  private var peopleTable: TextTable {
    var table = TextTable(header: ["slice", "with people", "agreement", "95 %", "kappa", "95 %"])
    for (name, slice) in rows { table.append([name, "\(slice.human.comparisons)"] + slice.human.texts) }
    return table
  }

  private var pairTable: TextTable {
    var table = TextTable(header: ["judges", "comparisons", "agreement", "95 %", "kappa", "95 %"])
    for pair in judgePairs {
      table.append(
        ["\(pair.first) / \(pair.second)", "\(pair.agreement.comparisons)"] + pair.agreement.texts)
    }
    return table
  }

  private static func costTable(_ cost: LabelingCost) -> TextTable {
    var table = TextTable(
      header: ["model", "requests", "prompt tokens", "cached", "completion tokens", "money"])
    for use in cost.uses + (cost.uses.count == 1 ? [] : [cost.total]) { table.append(use.texts(cost)) }
    return table
  }

  private func costNotes(_ cost: LabelingCost) -> String {
    var notes: [String] = []
    if let each = cost.text(perOneOf: overall.kept) { notes.append("a kept label: \(each)") }
    if let uncertain = cost.text(cost.uncertain) { notes.append("perhaps billed besides: \(uncertain)") }
    if let ceiling = cost.ceiling { notes.append("ceiling: \(ceiling.onOneLine)") }
    return notes.map { $0 + "\n" }.joined()
  }
}

@_spi(Command) extension LabelingSlice {
  /// "roleplay/empathy"; "overall" stands for no capability point.
  var pointName: String { "\(category ?? "no category")/\(capability ?? "overall")" }

  /// The causes of unparsable comparisons with their counts, in the order of `ReplyProblem`.
  var unparsableCauses: [(name: String, count: Int)] {
    ReplyProblem.allCases.compactMap { problem in
      unparsable[problem].map { (problem == .cutOff ? "cut off" : problem.rawValue, $0) }
    }
  }

  /// The kinds of failures with their counts, the commonest first.
  var failureKinds: [(name: String, count: Int)] {
    failed.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
  }

  /// Self-consistency and position, each with its interval.
  var qualityTexts: [String] {
    [
      NumberText.percent(selfConsistency.value), NumberText.interval(selfConsistency),
      NumberText.percent(position.firstShare), NumberText.interval(position.estimate),
    ]
  }
}

@_spi(Command) extension PositionBias {
  /// `firstShare` with its interval.
  var estimate: Estimate { Estimate(value: firstShare, interval: interval) }
}

@_spi(Command) extension OutcomeAgreement {
  /// Rate and kappa, each with its interval.
  var texts: [String] {
    [NumberText.percent(rate.value), NumberText.interval(rate), NumberText.fixed(kappa.value, digits: 2), kappa.range]
  }
}

@_spi(Command) extension CohensKappa {
  /// "0.21 to 0.48".
  var range: String {
    guard let interval else { return NumberText.missing }
    return [interval.lowerBound, interval.upperBound].map { NumberText.fixed($0, digits: 2) }
      .joined(separator: " to ")
  }
}

@_spi(Command) extension LabelingCost.Use {
  /// The cells of a row.
  func texts(_ cost: LabelingCost) -> [String] {
    [name] + [requests, promptTokens, cachedTokens, completionTokens].map(NumberText.grouped)
      + [cost.text(money) ?? NumberText.missing]
  }
}
