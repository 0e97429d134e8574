public import DMoEData

extension PreferenceLabeler {
  /// Reads the journal's answers as labels; asks nothing and costs nothing.
  ///
  /// Replies are read anew each time, so a better reading of them needs no new request.
  ///
  /// - Parameters:
  ///   - plan: the plan that was run.
  ///   - journal: the journal of the run.
  ///   - end: how the run ended, so that requests that failed are told from those that were not made.
  /// - Returns: One sample for every comparison that gives a label, which is what training reads, and a record of every
  ///   comparison, both in the order of the plan.
  /// - Throws: `LabelError` if the journal cannot be read; `DataError`.
  public func result(
    of plan: ComparisonPlan, journal: LabelJournal, after end: LabelingEnd? = nil
  ) throws -> (labels: [RankedResponses], records: [ComparisonRecord]) {
    var records: [ComparisonRecord] = []
    for comparison in plan.comparisons {
      let states = try judges.map { try state(of: comparison, $0, journal, end) }
      let judgements = states.compactMap(\.judgement)
      records.append(
        ComparisonRecord(
          category: comparison.category, capability: comparison.capability, source: comparison.pair.source,
          states: states,
          outcome: judgements.count == judges.count ? configuration.votes.vote(judgements) : nil,
          human: comparison.human))
    }
    let reliabilities = configuration.softLabels == .consistency ? Reliabilities(records, judges: judges.count) : nil
    let labels = try zip(plan.comparisons, records).compactMap { comparison, record in
      try label(comparison, record, reliabilities)
    }
    return (labels, records)
  }

  private func state(
    of comparison: Comparison, _ judge: PairwiseJudge, _ journal: LabelJournal, _ end: LabelingEnd?
  ) throws -> ComparisonRecord.State {
    var readings: [PresentationOrder: ReplyReading] = [:]
    var failure: String?
    for order in PresentationOrder.allCases {
      let key = RequestKey(judge.request(for: comparison, order: order))
      if let reply = try journal.reply(for: key) {
        readings[order] = judge.reading(of: reply, to: comparison)
      } else if let kind = end?.failures[key] {
        failure = kind
      }
    }
    if let forward = readings[.forward], let reversed = readings[.reversed] {
      return .judged(Judgement(forward: forward, reversed: reversed))
    }
    return failure.map { .failed(kind: $0) } ?? .open
  }

  private func label(
    _ comparison: Comparison, _ record: ComparisonRecord, _ reliabilities: Reliabilities?
  ) throws -> RankedResponses? {
    guard let outcome = record.outcome else { return nil }
    return try outcome.rankedResponses(
      for: comparison.pair, capability: comparison.capability, annotator: judges.map(\.name).joined(separator: "+"),
      undecided: configuration.undecided,
      probability: configuration.softLabels.probability(
        record.judgements, reliabilities: reliabilities?.of(record) ?? []))
  }
}

/// Each judge's reliability at each point, or over all points where one has too few comparisons.
private struct Reliabilities {
  private struct Place: Hashable {
    let category: String?
    let capability: String?
  }

  private let whole: [JudgeReliability?]
  private var byPoint: [Place: [JudgeReliability?]] = [:]

  init(_ records: [ComparisonRecord], judges: Int) {
    func measured(_ records: [ComparisonRecord]) -> [JudgeReliability?] {
      (0..<judges).map { judge in JudgeReliability(records.compactMap { $0.states[judge].judgement }) }
    }
    whole = measured(records)
    let groups = Dictionary(grouping: records) { Place(category: $0.category, capability: $0.capability) }
    byPoint = groups.mapValues(measured)
  }

  func of(_ record: ComparisonRecord) -> [JudgeReliability?] {
    let own = byPoint[Place(category: record.category, capability: record.capability)] ?? whole
    return zip(own, whole).map { $0 ?? $1 }
  }
}
