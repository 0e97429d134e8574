@_spi(Command) import DMoEData
@_spi(Command) import DMoELabel

/// Made-up records with everything that a report counts.
enum LabelingFixture {
  static func record(
    _ verdicts: [(Verdict, Verdict)], category: String? = "chat", capability: String? = "empathy",
    source: String? = nil, human: ComparisonRecord.HumanPreference? = nil, outcome: ComparisonOutcome? = nil
  ) -> ComparisonRecord {
    let judgements = verdicts.map { Judgement(forward: ReplyReading($0.0), reversed: ReplyReading($0.1)) }
    return ComparisonRecord(
      category: category, capability: capability, source: source, states: judgements.map { .judged($0) },
      outcome: outcome ?? judgements[0].outcome, human: human)
  }

  static func record(_ state: ComparisonRecord.State, category: String? = "chat", capability: String? = "empathy")
    -> ComparisonRecord
  {
    ComparisonRecord(
      category: category, capability: capability, source: nil, states: [state], outcome: state.judgement?.outcome,
      human: nil)
  }

  static func problem(_ problem: ReplyProblem) -> ComparisonRecord {
    record(.judged(Judgement(forward: ReplyReading(.first), reversed: ReplyReading(problem: problem))))
  }

  /// Judges that lean to the first response, over points of several categories, one comparison in nine without outcome.
  static func run(points: Int, each: Int, judges: Int = 1, names: [String]? = nil) -> [ComparisonRecord] {
    var random = Numbers(state: 5)
    var records: [ComparisonRecord] = []
    for point in 0..<points {
      for index in 0..<each {
        let truth = random.below(2)
        var states: [ComparisonRecord.State] = (0..<judges).map { _ in
          func verdict(_ better: Verdict) -> ReplyReading {
            let dice = random.below(100)
            if dice < 4 { return ReplyReading(problem: ReplyProblem.allCases[dice]) }
            if dice < 10 { return ReplyReading(.tie) }
            if dice < 30 + point % 30 { return ReplyReading(.first) }
            return ReplyReading(dice < 92 ? better : better.swapped)
          }
          let better: Verdict = truth == 0 ? .first : .second
          return .judged(Judgement(forward: verdict(better), reversed: verdict(better.swapped)))
        }
        switch index % 27 {
        case 8: states[judges - 1] = .failed(kind: point % 2 == 0 ? "rateLimited" : "timedOut")
        case 17: states[judges - 1] = .open
        case 26 where point > 3: states[judges - 1] = .failed(kind: "serverError")
        default: break
        }
        let judgements = states.compactMap(\.judgement)
        records.append(
          ComparisonRecord(
            category: "category-\(point / 5)", capability: names?[point % (names?.count ?? 1)] ?? "point-\(point)",
            source: index % 3 == 0 ? "hh-rlhf" : "mtmc", states: states,
            outcome: judgements.count == judges ? judgements[0].outcome : nil,
            human: index % 4 == 3
              ? nil : random.below(5) == 0 ? .tie : .chosen(random.below(4) == 0 ? 1 - truth : truth)))
      }
    }
    return records
  }

  static let cost = LabelingCost(
    uses: [
      .init(
        name: "gpt-4.1-mini", requests: 4321, promptTokens: 2_345_678, cachedTokens: 1_000_000,
        completionTokens: 43_210,
        money: "0.87123"),
      .init(name: "qwen-72b", requests: 4200, promptTokens: 2_300_000, completionTokens: 90_000, money: "1.1"),
    ], uncertain: "0.0123", ceiling: "$5.00")
}

/// Numbers that are the same everywhere.
struct Numbers {
  var state: UInt64

  mutating func below(_ count: Int) -> Int {
    // Knuth's MMIX generator; its upper bits are good enough here.
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(count))
  }
}
