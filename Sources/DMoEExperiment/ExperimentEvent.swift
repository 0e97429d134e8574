public import DMoETrain

/// An event that an experiment reports while it runs; members that train side by side take turns.
public enum ExperimentEvent: Sendable, Equatable {
  /// The frozen trunk reads what several members will train on: texts done of all.
  case readingTexts(done: Int, total: Int)
  /// A member begins to train; `place` of `count`.
  case memberStarted(contender: String, seed: UInt64, place: Int, count: Int)
  /// What the training of a member reports.
  case training(contender: String, seed: UInt64, TrainingEvent)
  /// Trained, now or before.
  case memberFinished(contender: String, seed: UInt64, cost: TrainingCost)
  /// Not to be trained by its data and settings; the others go on.
  case memberFailed(contender: String, seed: UInt64, reason: String)
  /// Texts of a set scored so far by all members that had not scored it.
  case scoring(set: String, done: Int, total: Int)
  /// All members have scored a set.
  case scored(set: String)
}
