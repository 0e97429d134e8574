import DMoEData

@_spi(Command) extension LabelingSlice {
  /// Takes in what all judges say together.
  mutating func add(_ record: ComparisonRecord) {
    add(states: record.states, outcome: record.outcome, human: record.human)
  }

  /// Takes in what one judge says.
  mutating func add(_ record: ComparisonRecord, judge: Int) {
    let state = record.states[judge]
    add(states: [state], outcome: state.judgement?.outcome, human: record.human)
  }

  private mutating func add(
    states: [ComparisonRecord.State], outcome: ComparisonOutcome?, human: ComparisonRecord.HumanPreference?
  ) {
    comparisons += 1
    let judgements = states.compactMap(\.judgement)
    for judgement in judgements { add(judgement) }
    switch outcome {
    case .consistent: kept += 1
    case .tie: tie += 1
    case .inconsistent: inconsistent += 1
    case .unparsable:
      let problems = judgements.flatMap { [$0.forward.problem, $0.reversed.problem] }.compactMap { $0 }
      unparsable[problems.first ?? .unreadable, default: 0] += 1
    case nil:
      let failures = states.compactMap { state -> String? in
        if case .failed(let kind) = state { kind } else { nil }
      }
      if let kind = failures.first { failed[kind, default: 0] += 1 } else { open += 1 }
    }
    if let choice = outcome?.choice, let human { self.human.add(choice.index, human.choice.index) }
  }

  private mutating func add(_ judgement: Judgement) {
    position.add(judgement)
    switch judgement.outcome {
    case .unparsable: return
    case .consistent, .tie:
      selfConsistency = Proportion(successes: selfConsistency.successes + 1, total: selfConsistency.total + 1)
    case .inconsistent:
      selfConsistency = Proportion(successes: selfConsistency.successes, total: selfConsistency.total + 1)
    }
  }
}

/// One response of two, or neither.
struct Choice: Hashable {
  /// Nil is a tie.
  let index: Int?
}

extension ComparisonOutcome {
  /// The opinion that the outcome is; nil if it is none.
  var choice: Choice? {
    switch self {
    case .consistent(let chosen): Choice(index: chosen)
    case .tie: Choice(index: nil)
    case .inconsistent, .unparsable: nil
    }
  }
}

@_spi(Command) extension ComparisonRecord.HumanPreference {
  /// The opinion.
  var choice: Choice {
    switch self {
    case .chosen(let index): Choice(index: index)
    case .tie: Choice(index: nil)
    }
  }
}
