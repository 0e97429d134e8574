/// The progress of a labeling run.
public struct LabelingProgress: Sendable, Hashable {
  /// All requests of the plan.
  public var requestCount = 0
  /// Those whose answer is known, from this run or an earlier one.
  public var answeredCount = 0
  /// Those that were answered in this run.
  public var newCount = 0
  /// Those that failed for good in this run.
  public var failedCount = 0
  /// Those that are in a batch file whose result is not there yet.
  public var batchedCount = 0
  /// Attempts that failed and were made again.
  public var retryCount = 0
  /// The account of the journal's requests so far.
  @_spi(Command) public var ledger: Ledger

  /// Whether every request has its answer.
  public var isComplete: Bool { answeredCount == requestCount }
}

/// The reason why a labeling run ended before every request was answered.
public enum LabelingStop: Sendable, Hashable {
  /// The ceiling is reached: no further request fits below it.
  case budget
  /// The task was canceled.
  case cancelled
  /// A failure that no other request would escape: a wrong key, no such model, an exhausted quota.
  case service(kind: String, description: String)
  /// So many requests in a row to one judge failed for good; the kind is the last one's.
  case failures(count: Int, kind: String)
  /// So many replies in a row of one judge were no verdicts; the problem is the last one's.
  case unusableReplies(count: Int, problem: ReplyProblem)
}

/// The end of a labeling run: how far it came and what stopped it.
public struct LabelingEnd: Sendable {
  /// The progress it made.
  public let progress: LabelingProgress
  /// The reason why it ended early; nil if every request was tried.
  public let stop: LabelingStop?
  /// The requests that failed for good, with the kind of their last failure.
  let failures: [RequestKey: String]
  /// The latest failure of each kind as a sentence, with the service's own words where they may be repeated.
  public let failureDescriptions: [String: String]

  /// The number of requests that failed for good, by the kind of their last failure.
  public var failureCounts: [String: Int] { failures.values.reduce(into: [:]) { $0[$1, default: 0] += 1 } }
}
