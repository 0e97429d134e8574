public import DMoERL
public import DMoETrain

/// An event that an experiment reports while it runs; members that train side by side take turns.
public enum ExperimentEvent: Sendable, Equatable {
  /// A backbone is read from its files: layers done of all.
  case readingBackbone(done: Int, total: Int)
  /// A policy writes texts: done of all.
  case drawing(set: String, done: Int, total: Int)
  /// A policy has written so many texts, and `empty` ones that say nothing and are left out.
  case drawn(set: String, texts: Int, empty: Int)
  /// The judge reads a set: samples done of all. Sets that it has judged before are not read again.
  case judging(set: String, done: Int, total: Int)
  /// The judge has read a set; of its samples `tooLong` are longer than it reads, and are left out.
  case judged(set: String, samples: Int, tooLong: Int)
  /// The frozen trunk reads what several members will train on: texts done of all.
  case readingTexts(done: Int, total: Int)
  /// A member begins to train; `place` of `count`.
  case memberStarted(MemberID, place: Int, count: Int)
  /// What the training of a member reports.
  case training(MemberID, TrainingEvent)
  /// A member is trained, now or by an earlier run.
  case memberFinished(MemberID, cost: TrainingCost)
  /// A member cannot be trained with its data and settings; the others go on.
  case memberFailed(MemberID, reason: String)
  /// Texts of a set scored so far by all members that had not scored it.
  case scoring(set: SetID, done: Int, total: Int)
  /// All members have scored a set.
  case scored(set: SetID)
  /// A proxy is timed: done of all.
  case timing(done: Int, total: Int)
  /// A policy begins to be trained, or goes on; `place` of `count`.
  case policyStarted(PolicyRunID, place: Int, count: Int)
  /// A policy has taken a step.
  case policyStep(PolicyRunID, PolicyStepMetrics)
  /// A policy writes to held-out prompts after so many steps: prompts done of all.
  case policyMeasuring(PolicyRunID, step: Int, done: Int, total: Int)
  /// The training of a policy has ended.
  case policyFinished(PolicyRunID, steps: Int, ending: String)
}
