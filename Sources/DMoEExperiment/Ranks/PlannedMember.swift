import DMoEData
import DMoETrain

/// A member of an experiment that is to be there at its end.
struct PlannedMember: Sendable {
  let contender: ExperimentContender
  let seed: UInt64
  /// Its place among all, from 1.
  let place: Int

  var id: MemberID { MemberID(contender: contender.id, seed: seed) }
}

extension Experiment {
  /// All members, in the order of the contenders and of their seeds.
  var plannedMembers: [PlannedMember] {
    contenders.filter(\.isTrained).flatMap { contender in contender.seeds.map { (contender, $0) } }.enumerated()
      .map { PlannedMember(contender: $1.0, seed: $1.1, place: $0 + 1) }
  }
}
