import DMoEReport

extension LabelingReport {
  /// Requests, tokens and money by model.
  var costSection: Markup {
    guard let cost else { return .empty }
    var facts: [(String, String)] = []
    if let each = cost.text(perOneOf: overall.kept) { facts.append(("A kept label", each)) }
    if let uncertain = cost.text(cost.uncertain) { facts.append(("Perhaps billed besides", uncertain)) }
    if let ceiling = cost.ceiling { facts.append(("Ceiling", ceiling)) }
    let uses = cost.uses + (cost.uses.count == 1 ? [] : [cost.total])
    let list = Markup.element(
      "dl", ["class": "facts"],
      facts.map { .element("div", [:], .element("dt", [:], "\($0.0)"), .element("dd", [:], "\($0.1)")) })
    return .section(
      "Cost", note: "Of answered requests, by the usage that their service reports.",
      .card(
        .table(
          ["model", "requests", "prompt tokens", "of these cached", "completion tokens", "money"],
          uses.map { $0.texts(cost).map { Markup($0) } }), facts.isEmpty ? .empty : list))
  }

  /// Every number of the pictures, folded away.
  var numberSection: Markup {
    var tables: [Markup] = [
      .folded("Outcomes", Self.outcomes(slices)),
      .folded("Consistency, positions, people", Self.quality(slices)),
      .folded("People and the judges, in detail", Self.people(slices)),
    ]
    if judges.count > 1 {
      tables += judges.map { judge in
        let slices = [("all", judge.overall)] + judge.points.map { ($0.pointName, $0) }
        return .folded("Judge \(judge.name)", Self.outcomes(slices) + Self.quality(slices))
      }
    }
    return .section(
      "Numbers", note: "What the pictures show, and the data sets if there are several.", .card(tables.joined))
  }

  private static func outcomes(_ slices: [(name: String, slice: LabelingSlice)]) -> Markup {
    let problems = ReplyProblem.allCases
    return .table(
      ["slice", "comparisons", "kept", "kept, %", "tie", "inconsistent"]
        + problems.map { "unparsable: \($0 == .cutOff ? "cut off" : $0.rawValue)" } + ["failed", "open", "failures"],
      slices.map { name, slice -> [Markup] in
        let causes = slice.failureKinds.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
        let head = ["\(name)", "\(slice.comparisons)", "\(slice.kept)", NumberText.percent(slice.keptShare.value)]
        let counts = [slice.tie, slice.inconsistent] + problems.map { slice.unparsable[$0] ?? 0 }
        let tail = [slice.failedCount, slice.open]
        return (head + (counts + tail).map { "\($0)" } + [causes]).map { Markup($0) }
      }, lastIsText: true)
  }

  private static func quality(_ slices: [(name: String, slice: LabelingSlice)]) -> Markup {
    .table(
      [
        "slice", "self-consistency", "95 %", "shown first", "95 %", "shown second", "always first", "always second",
        "with people", "95 %", "kappa", "95 %",
      ],
      slices.map { name, slice -> [Markup] in
        let position = slice.position
        let places = [
          NumberText.percent(position.secondShare), "\(position.bothFirst)", "\(position.bothSecond)",
        ]
        return ([name] + slice.qualityTexts + places + slice.human.texts).map { Markup($0) }
      })
  }

  private static func people(_ slices: [(name: String, slice: LabelingSlice)]) -> Markup {
    .table(
      ["slice", "same choice", "opposite choice", "only the judges choose", "only people choose", "both a tie"],
      slices.map { name, slice -> [Markup] in
        let human = slice.human
        return ["\(name)"]
          + [human.same, human.opposite, human.onlyFirstChooses, human.onlySecondChooses, human.bothTie]
          .map { "\($0)" }
      })
  }

  /// What each figure counts.
  var definitionSection: Markup {
    let definitions: [(String, String)] = [
      (
        "Kept",
        """
        Both orders prefer the same response (with several judges: their vote does). The share is of comparisons that \
        have an outcome; failed and open ones have none.
        """
      ),
      ("Tie", "Both orders see no difference between the responses."),
      ("Inconsistent", "The two orders, or the judges, disagree; a tie in one order only is a disagreement."),
      ("Unparsable", "At least one reply gives no verdict: it is empty, a refusal, cut off or unreadable."),
      ("Failed, open", "A request failed for good; or the comparison was not asked in both orders."),
      (
        "Self-consistency",
        """
        Of judgements with a readable verdict in both orders (first, second or tie), the share whose two verdicts mean \
        the same: the same response, or a tie both times. Each judge's judgement counts. It is no accuracy: a judge \
        can be wrong in both orders.
        """
      ),
      (
        "Position bias",
        """
        Of judgements that choose a response in both orders, the share of verdicts for the response that was shown \
        first: 50 % is no bias, above it the judges lean to the first, below it to the second.
        """
      ),
      (
        "Human agreement",
        """
        Of comparisons in which the outcome is a consistent choice and people prefer one response, the share in which \
        they choose the same. People's opinion is the one in the samples: where that is an overall preference, a judge \
        of one capability point need not share it.
        """
      ),
      (
        "Human kappa, kappa between judges",
        """
        Cohen's kappa over three outcomes (one response, the other, tie); inconsistent and unparsable outcomes are \
        left out. Every comparison counts in both orders, since which response comes first in a file means nothing. \
        Standard error: Fleiss, Cohen and Everitt, 1969, with the number of comparisons.
        """
      ),
    ]
    return .section(
      "What the figures mean", note: "",
      .card(
        .element(
          "dl", ["class": "terms"],
          definitions.map {
            .element("div", [:], .element("dt", [:], "\($0.0)"), .element("dd", [:], "\($0.1)"))
          })))
  }

  /// The list of definitions.
  static let sheet: StaticString = """
    .terms{margin:0;font-size:13px}.terms div{display:grid;grid-template-columns:190px minmax(0,1fr);gap:0 16px;
    padding:4px 0}.terms dt{font-weight:600}.terms dd{margin:0;max-width:78ch;color:var(--soft)}
    .card h3{margin-bottom:6px}.card .facts{margin-top:14px}
    @media (max-width:640px){.terms div{grid-template-columns:1fr}}
    """
}
