/// What the ranks of a run tell each other.
enum RankOrder: Codable {
  // MARK: To rank 0

  /// A worker has nothing to do.
  case ready
  /// Something happened in the phase that a worker trains.
  case event(TrainingEvent)
  /// A checkpoint of a phase; its file comes along.
  case checkpoint(TrainingPhase)
  /// A phase is over; the files of its result come along, unless there is a reason why it was left out.
  case over(TrainingPhase, leftOut: String?)
  /// A worker cannot go on.
  case failed(reason: String)

  // MARK: To a worker

  /// Train this phase, on top of these, together with all ranks of the team, whose first one tells of it; the files of results come
  /// along, and what was kept of the phase.
  case train(TrainingPhase, after: [Settled], team: [Int])
  /// Everything is done.
  case finish
  /// A rank cannot go on, so none does.
  case stop(rank: Int, reason: String)

  /// A phase that is over, and why it was left out if it was.
  struct Settled: Codable {
    let phase: TrainingPhase
    let leftOut: String?
  }
}
