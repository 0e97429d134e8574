import DMoERL
@_spi(Command) import DMoERM

/// What a run came to, for a person.
struct RLResult {
  let comparison: PolicyComparison

  func lines(_ terminal: Terminal) -> [String] {
    let (before, after) = (comparison.before, comparison.after)
    let count = Numbers.count(before.answers.count, "held-out prompt")
    let title = "\(count), \(before.answers.first?.texts.count ?? 0) answers each, before and after"
    var lines = ["", terminal.styled(title, .bold), ""] + verdicts(terminal)
    if let spent = after.divergence, let tokens = after.tokens {
      lines += [
        "",
        "Divergence spent: \(Numbers.fixed(spent.value, 2)) nats an answer "
          + "(\(Numbers.fixed(spent.interval.lowerBound, 2)) – \(Numbers.fixed(spent.interval.upperBound, 2))), "
          + "\(Numbers.fixed(spent.value / max(1, tokens.value), 4)) a token.",
      ]
    }
    lines += comparison.examples().flatMap { example($0, terminal) }
    return lines
  }

  private func verdicts(_ terminal: Terminal) -> [String] {
    var table = TextTable([
      ("judge", .left), ("before", .right), ("after", .right), ("gain", .right), ("95 % interval", .right),
      ("answered better", .right), ("no reward", .right),
    ])
    table.rows = comparison.verdicts.enumerated().map { place, verdict in
      [
        place == 0 ? "\(verdict.judge) (trains)" : verdict.judge, number(verdict.before?.value),
        number(verdict.after?.value), terminal.styled(number(verdict.gain?.value), .bold),
        verdict.gain.map { "\(number($0.interval.lowerBound)) – \(number($0.interval.upperBound))" } ?? "",
        verdict.better.map(Numbers.percent) ?? "none",
        "\(Numbers.percent(verdict.abstainedBefore)) – \(Numbers.percent(verdict.abstainedAfter))",
      ]
    }
    return table.lines(terminal)
  }

  private func example(_ place: Int, _ terminal: Terminal) -> [String] {
    let (before, after) = (comparison.before.answers[place], comparison.after.answers[place])
    let indent = "        "
    let width = (terminal.isInteractive ? min(terminal.width, 100) : 100) - indent.count
    func quote(_ title: String, _ text: String) -> [String] {
      text.withoutControls.wrapped(to: max(20, width)).enumerated().map { index, line in
        (index == 0 ? terminal.styled(title.padded(to: indent.count), .faint) : indent) + line
      }
    }
    func rewards(_ answers: PolicyEvaluation.Answers) -> String {
      let all = comparison.before.judges.indices.map { number(answers.rewards[$0].first?.map(Double.init)) }
      return "  [" + all.joined(separator: ", ") + "]"
    }
    func text(_ answers: PolicyEvaluation.Answers) -> String {
      (answers.texts.first ?? "") + (answers.truncated.first == true ? " …" : "") + rewards(answers)
    }
    return [""] + before.prompt.turns.flatMap { quote($0.role.rawValue, $0.content) }
      + quote("before", text(before)) + quote("after", text(after))
  }

  private func number(_ value: Double?) -> String { value.map { Numbers.reward(Float($0)) } ?? "none" }
}
