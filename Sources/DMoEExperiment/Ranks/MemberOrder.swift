import DMoETrain

/// What the ranks of an experiment tell each other. Members are told apart by their places in the plan.
enum MemberOrder: Codable, Sendable {
  // MARK: To rank 0

  /// A worker has nothing to do.
  case ready
  /// Something happened in the training of a member.
  case event(member: Int, TrainingEvent)
  /// Something of a member was kept; the files that are new or changed come along.
  case kept(member: Int, MemberFiles.Outline)
  /// A member is trained, and all that is kept of it has come before.
  case trained(member: Int, TrainingCost)
  /// Rewards of a member; the files that are new or changed come along.
  case scored(member: Int, MemberFiles.Outline)
  /// The members that a worker has trained have scored all sets.
  case over
  /// A member cannot be trained with its data and settings; the others go on.
  case left(member: Int, reason: String)
  /// A member is another one than its folder holds.
  case changed(member: Int, reason: String)
  /// A worker cannot go on.
  case failed(reason: String)

  // MARK: To a worker

  /// Train this member, of which what was kept comes along.
  case take(member: Int)
  /// Have the members that were trained here score all sets, side by side.
  case score
  /// Everything is done.
  case finish
  /// A rank cannot go on, so none does.
  case stop(rank: Int, reason: String)
}
