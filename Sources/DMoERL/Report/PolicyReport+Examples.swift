import DMoEData
import DMoEReport

extension PolicyReport {
  /// Held-out prompts with the first text before and after, side by side.
  var exampleSection: Markup {
    guard let comparison else { return .empty }
    let places = comparison.examples()
    guard !places.isEmpty else { return .empty }
    return .section(
      "Before and after",
      note: """
        Prompts whose gain is small, middling and large of all: the first text of each, with what the judges give it.
        """, places.map { example($0, comparison) }.joined)
  }

  private func example(_ place: Int, _ comparison: PolicyComparison) -> Markup {
    let (before, after) = (comparison.before.answers[place], comparison.after.answers[place])
    let turns = before.prompt.turns.map { turn -> Markup in
      .element(
        "p", ["class": "prompt"], .element("span", ["class": "role"], "\(turn.role.rawValue)"), "\(turn.content)")
    }
    return .card(
      turns.joined,
      .element(
        "div", ["class": "pair"], text("before", before, comparison.before.judges),
        text("after", after, comparison.after.judges)))
  }

  private func text(_ when: String, _ answers: PolicyEvaluation.Answers, _ judges: [String]) -> Markup {
    let rewards = judges.enumerated().map { place, judge in
      "\(judge) \(Self.number(answers.rewards[place].first?.map(Double.init)))"
    }
    let isCut = answers.truncated.first == true
    return .element(
      "div", ["class": when], .element("h3", [:], "\(when)"),
      .element("p", ["class": "note"], "\(rewards.joined(separator: " · "))"),
      .element("blockquote", [:], "\(answers.texts.first ?? "")\(isCut ? " …" : "")"))
  }
}
