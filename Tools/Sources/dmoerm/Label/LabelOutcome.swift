@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM

/// What a labelling run came to, as one JSON object.
struct LabelOutcome: Encodable {
  /// Labels by judges in the file.
  var labels: Int
  /// The samples' own preferences in the file.
  var ownRows: Int
  /// Requests of the plan, and those whose answer is known.
  var requests: Int
  var answered: Int
  /// Whether every request has its answer.
  var isComplete: Bool
  /// Why there is more to do, or nothing to show for it, in one sentence.
  var problem: String?
  /// What may be done about it.
  var hint: String?
  /// Requests that failed for good, by kind.
  var failures: [FailureCount]
  var report: LabelingReport

  struct FailureCount: Encodable {
    var kind: String
    var count: Int
    /// The latest of them as a sentence, with the service's own words.
    var description: String?
  }
}

extension LabelingEnd {
  /// The failures by kind, the most frequent first.
  var failureList: [LabelOutcome.FailureCount] {
    failureCounts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { .init(kind: $0.key, count: $0.value, description: failureDescriptions[$0.key]) }
  }
}
