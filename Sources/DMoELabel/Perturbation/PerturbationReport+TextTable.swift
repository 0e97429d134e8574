@_spi(Command) import DMoEFoundation
import DMoEReport

extension PerturbationReport {
  /// The report as aligned text: the rows, then a line for every rule.
  ///
  /// - Parameters:
  ///   - width: the columns of the terminal; nil shortens nothing.
  ///   - rule: what the rule under a head is made of.
  public func textTable(width: Int? = nil, rule: Character = "─") -> String {
    let layout = TextTable.Layout(width: width, leavesOutColumns: true, rule: rule)
    let lines = ([rowsLine] + [""] + ruleTable.lines(layout) + [""] + reasonTable.lines(layout))
    return lines.map { $0 + "\n" }.joined()
  }

  private var rowsLine: String {
    let left = [
      (undecided, "without one best response"), (uncategorized, "without a category"), (repeated, "seen before"),
    ].filter { $0.0 > 0 }.map { "\(NumberText.grouped($0.0)) \($0.1)" }
    let languages = languages.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
      "\($0.key) \(NumberText.grouped($0.value))"
    }
    return "\(NumberText.grouped(rows)) rows, \(NumberText.grouped(responses)) good responses"
      + (languages.isEmpty ? "" : " (\(languages.joined(separator: ", ")))")
      + (left.isEmpty ? "" : "; left out: " + left.joined(separator: ", "))
  }

  private var ruleTable: TextTable {
    let hasPeople = rules.contains { $0.agreement.total > 0 }
    var table = TextTable(
      header: ["rule", "applied", "of", "labels", "characters before", "after", "change"]
        + (hasPeople ? ["rated", "best there", "95 %"] : []))
    for rule in rules {
      table.append(
        [
          rule.name, NumberText.grouped(rule.applied), NumberText.grouped(rule.tried),
          NumberText.grouped(rule.labels.values.reduce(0, +)), NumberText.fixed(rule.meanBefore, digits: 0),
          NumberText.fixed(rule.meanAfter, digits: 0),
          NumberText.points(rule.change) + (rule.change == nil ? "" : " %"),
        ]
          + (hasPeople
            ? [
              NumberText.grouped(rule.agreement.total), NumberText.percent(rule.agreement.value),
              NumberText.interval(rule.agreement),
            ] : []))
    }
    table.footer = ["all", NumberText.grouped(pairs), "", NumberText.grouped(labels)]
    return table
  }

  /// Why rules did not apply, and the points of those that did.
  private var reasonTable: TextTable {
    var table = TextTable([("rule", .left), ("labels by point", .left), ("not applicable", .left)])
    for rule in rules {
      let reasons = rule.notApplicable.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { "\(PerturbationObstacle(rawValue: $0.key)?.words ?? $0.key) \(NumberText.grouped($0.value))" }
      let points = rule.labels.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { "\($0.key) \(NumberText.grouped($0.value))" }
      table.append([rule.name, points.joined(separator: ", "), reasons.joined(separator: ", ")])
    }
    return table
  }
}

extension PerturbationReport.Rule {
  /// The responses that the rule was tried on.
  public var tried: Int { applied + notApplicable.values.reduce(0, +) }
  /// The mean number of characters before the damage; nil if the rule was not applied.
  public var meanBefore: Double? { applied > 0 ? Double(charactersBefore) / Double(applied) : nil }
  /// The mean number of characters after the damage.
  public var meanAfter: Double? { applied > 0 ? Double(charactersAfter) / Double(applied) : nil }
  /// By which share of the characters before the responses grew.
  var change: Double? { charactersBefore > 0 ? Double(charactersAfter) / Double(charactersBefore) - 1 : nil }
}
