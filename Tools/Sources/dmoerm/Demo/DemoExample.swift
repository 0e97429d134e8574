@_spi(Command) import DMoERM

/// One held-out prompt that is shown with all its reasons.
struct DemoExample {
  var sample: RankedResponses
  var breakdowns: [RewardBreakdown]

  /// The sample whose difference of rewards is the middle one of those that are ordered right: not the best there is.
  ///
  /// - Parameter heldOut: Of each category the first few short ones are looked at.
  init?(_ heldOut: [RankedResponses], _ model: RewardModel) throws {
    let samples = model.configuration.taxonomy.categories.flatMap { category in
      heldOut.filter { $0.category == category.id && Self.isShort($0) }.prefix(3)
    }
    let all = try model.breakdowns(samples.map { ($0.conversation, $0.responses) })
    func margin(_ index: Int) -> Float {
      guard let pair = samples[index].pairs.first else { return 0 }
      return all[index][pair.chosen].reward - all[index][pair.rejected].reward
    }
    let right = samples.indices.filter { margin($0) > 0 }.sorted { margin($0) < margin($1) }
    guard !right.isEmpty else { return nil }
    let index = right[right.count / 2]
    sample = samples[index]
    breakdowns = all[index]
  }

  func lines(_ terminal: Terminal, taxonomy: Taxonomy) -> [String] {
    let width = terminal.isInteractive ? min(terminal.width, 100) : 100
    func quote(_ title: String, _ text: String) -> [String] {
      let indent = "            "
      return text.withoutControls.wrapped(to: max(20, width - indent.count)).enumerated().map { index, line in
        (index == 0 ? terminal.styled(title.padded(to: indent.count), .faint) : indent) + line
      }
    }
    let view = BreakdownView(responses: sample.responses, breakdowns: breakdowns, taxonomy: taxonomy)
    let turns = sample.conversation.turns.flatMap { quote($0.role.rawValue, $0.content) }
    let responses = sample.responses.enumerated().flatMap { index, response in
      quote("response \(index + 1)", response)
    }
    return turns + responses + [""] + view.routingLines(terminal) + [""] + view.capabilityLines(terminal)
  }

  /// The options of `dmoerm score` that give the same rewards.
  var scoreOptions: [[String]] {
    let system = sample.conversation.system.map { [["--system", $0]] } ?? []
    let prompt = sample.conversation.turns.last.map { [["--prompt", $0.content]] } ?? []
    return system + prompt + sample.responses.map { ["--response", $0] }
  }

  /// Whether a prompt and a system turn are all there is, so that a command line can hold it.
  private static func isShort(_ sample: RankedResponses) -> Bool { sample.conversation.droppableTurnCount == 0 }
}
