import DMoERM

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
  var report: LabelingReport
}
