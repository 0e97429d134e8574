@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM

/// Some pairs of each rule, to read by eye.
struct PerturbationSamples {
  /// A pair as it is shown.
  struct Entry: Encodable {
    var rule: String
    var points: [String]
    var row: String
    /// The last turn of the user's.
    var request: String
    /// `[-left out-]{+put in+}` in the words around it.
    var difference: String
  }

  let entries: [Entry]

  /// - Parameter count: Samples of each rule, spread evenly over its pairs.
  init(_ pairs: [PerturbedPair], count: Int) {
    var rules: [String] = []
    for pair in pairs where !rules.contains(pair.rule) { rules.append(pair.rule) }
    let byRule = Dictionary(grouping: pairs, by: \.rule)
    entries = rules.sorted().flatMap { rule in
      let pairs = byRule[rule] ?? []
      let shown = min(count, pairs.count)
      return (0..<shown).map { Entry(pairs[$0 * pairs.count / shown]) }
    }
  }

  func show(_ console: Console) {
    let terminal = console.terminal
    var last = ""
    for entry in entries {
      if entry.rule != last {
        console.print("", terminal.styled("\(entry.rule): \(entry.points.joined(separator: ", "))", .bold))
        last = entry.rule
      }
      let facts = FactList([
        ("row", entry.row.onOneLine), ("points", entry.points.joined(separator: ", ")),
        ("request", entry.request.onOneLine.truncated(to: 240, ellipsis: terminal.ellipsis)),
        ("change", entry.difference.onOneLine),
      ])
      console.print(facts.lines(terminal) + [""])
    }
  }
}

extension PerturbationSamples.Entry {
  init(_ pair: PerturbedPair) {
    rule = pair.rule
    points = pair.points
    row = pair.row.id
    request = pair.row.conversation.userTurns.last ?? ""
    difference = TextDifference(pair.row.response, pair.damaged).text
  }
}
