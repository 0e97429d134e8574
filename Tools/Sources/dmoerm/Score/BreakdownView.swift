@_spi(Command) import DMoERM

/// Rewards of responses to one conversation, as text.
struct BreakdownView {
  let responses: [String]
  let breakdowns: [RewardBreakdown]
  let taxonomy: Taxonomy
  /// What makes one reward of the experts' own, if a rule does.
  var combination: RewardCombination?

  /// Best first.
  var ranking: [Int] {
    breakdowns.indices.sorted { (-breakdowns[$0].reward, $0) < (-breakdowns[$1].reward, $1) }
  }

  /// The responses by reward, one line each.
  func rankingLines(_ terminal: Terminal) -> [String] {
    let room = (terminal.isInteractive ? terminal.width : 120) - 16
    return [terminal.styled("rank   reward  response", .bold)]
      + ranking.enumerated().map { place, index in
        let text = responses[index].onOneLine.truncated(to: max(10, room), ellipsis: terminal.ellipsis)
        return "\(place + 1)".padded(to: 4, .right) + "  "
          + Numbers.reward(breakdowns[index].reward).padded(to: 7, .right)
          + "  " + text
      }
  }

  /// Where the router sends the prompt.
  func routingLines(_ terminal: Terminal) -> [String] {
    guard let first = breakdowns.first, taxonomy.categories.count > 1 else { return [] }
    let width = taxonomy.categories.map(\.id.displayWidth).max() ?? 0
    return [terminal.styled("routing", .bold)]
      + zip(taxonomy.categories, first.routing).map { category, probability in
        let line =
          "  " + category.id.padded(to: width) + "  " + terminal.bar(Double(probability), width: 20, empty: false)
        return line + "  " + Numbers.percent(Double(probability))
      }
  }

  /// What every capability expert says of every response, side by side while there is room, with a bar for each.
  func capabilityLines(_ terminal: Terminal) -> [String] {
    let points = breakdowns.first?.capabilities.map(\.point) ?? []
    guard !points.isEmpty else { return [] }
    let nameWidth = max(10, points.map(\.displayWidth).max() ?? 0)
    let width = terminal.isInteractive ? terminal.width : 100
    let numberWidth = 8
    let columns = max(1, min(breakdowns.count, (width - nameWidth) / (numberWidth + 11)))
    let bar = min(25, (width - nameWidth) / columns - numberWidth - 3) | 1
    let scale = breakdowns.flatMap { $0.capabilities.map { abs($0.reward) } }.max() ?? 1
    var lines: [String] = []
    for start in stride(from: 0, to: breakdowns.count, by: columns) {
      let shown = breakdowns.indices[start..<min(start + columns, breakdowns.count)]
      if start > 0 { lines.append("") }
      let titles = shown.map { index in
        let title = breakdowns.count == 1 ? "" : "response \(index + 1)"
        return "  " + title.padded(to: numberWidth + bar)
      }
      lines.append(terminal.styled(("capability".padded(to: nameWidth) + titles.joined()).withoutTrailingSpaces, .bold))
      for (place, point) in points.enumerated() {
        let cells = shown.map { index in
          let reward = breakdowns[index].capabilities[place].reward
          return "  " + Numbers.reward(reward).padded(to: numberWidth - 1, .right) + " "
            + terminal.signedBar(Double(scale > 0 ? reward / scale : 0), width: bar)
        }
        lines.append((point.padded(to: nameWidth) + cells.joined()).withoutTrailingSpaces)
      }
      let rewards = shown.map { index in
        "  " + Numbers.reward(breakdowns[index].reward).padded(to: numberWidth - 1, .right)
          + String(repeating: " ", count: bar + 1)
      }
      lines.append(terminal.styled(("reward".padded(to: nameWidth) + rewards.joined()).withoutTrailingSpaces, .bold))
    }
    let note =
      combination.map { "In deviations of each expert's training rewards; the reward is their \($0)." }
      ?? "Every expert has a scale of its own: compare along a row, not down a column."
    lines.append(terminal.styled(note, .faint))
    return lines
  }
}

extension String {
  var withoutTrailingSpaces: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
