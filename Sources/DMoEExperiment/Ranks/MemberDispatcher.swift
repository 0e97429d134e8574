import DMoECore
import DMoEData
import DMoEModel
import DMoETrain
import Foundation

/// Rank 0's part in an experiment of several ranks: gives out members, those first that take longest, keeps what comes back, and
/// tells of everything.
///
/// The experiment's folder is its alone, and what a run of one process keeps there it keeps in the same form.
final class MemberDispatcher {
  private let run: ExperimentRun
  private let plan: [PlannedMember]
  private let ranks: RankSwitchboard
  private let ownLine: OwnLine
  private let onEvent: ExperimentRun.Observer
  /// Members that nobody has taken, in the order in which they are given out.
  private var open: [Int] = []
  /// What is kept of those that are trained now.
  private var underWay: [Int: MemberFiles] = [:]
  /// The members that each rank has trained and that have not scored.
  private var trained: [[Int]]
  private var idle: [Int] = []
  private var failures: [Int: FailedMember] = [:]

  /// - Parameters:
  ///   - run: The run of the folder.
  ///   - plan: All members.
  ///   - ranks: All ranks.
  ///   - ownLine: The way to this rank's own worker.
  ///   - onEvent: Told of members.
  init(
    _ run: ExperimentRun, _ plan: [PlannedMember], over ranks: RankSwitchboard, ownLine: OwnLine,
    onEvent: @escaping ExperimentRun.Observer
  ) {
    self.run = run
    self.plan = plan
    self.ranks = ranks
    self.ownLine = ownLine
    self.onEvent = onEvent
    trained = Array(repeating: [], count: ranks.size)
  }

  /// Has all members trained and all sets scored that are not.
  ///
  /// - Returns: the members that cannot be trained, in the order of the plan.
  /// - Throws: `TrainError.rankFailed`; `ExperimentError.changedContender`; `CommunicatorError`; what keeping files and the
  ///   listener throw. All ranks are told before.
  func dispatch() throws -> [FailedMember] {
    do {
      try begin()
      // Every rank has asked for more when it is told that there is none: no message is left on its way.
      while idle.count < ranks.size || !open.isEmpty {
        guard let message = try ownLine.heard() ?? ranks.order() else {
          RankPause.sleep()
          continue
        }
        try take(MemberParcel(message), from: message.sender)
        try giveOut()
      }
      for rank in 0..<ranks.size { try send(MemberParcel(.finish), to: rank) }
    } catch {
      // Short enough to be sent without waiting: the receiver may wait for this rank itself.
      var (rank, reason) = (0, String("\(error)".prefix(1000)))
      if case TrainError.rankFailed(let other, let own) = error { (rank, reason) = (other, own) }
      for other in 0..<ranks.size { try? send(MemberParcel(.stop(rank: rank, reason: reason)), to: other) }
      throw error
    }
    return failures.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Finds out what is to be done, and in which order.
  private func begin() throws {
    let missing = try plan.indices.filter { try !run.isDone(plan[$0]) }
    var costs: [Int: Double] = [:]
    for number in missing { costs[number] = try run.cost(of: plan[number]) }
    // Of equals the first, so that the order is the same every time.
    open = missing.sorted { (-(costs[$0] ?? 0), $0) < (-(costs[$1] ?? 0), $1) }
  }

  private func take(_ parcel: MemberParcel, from rank: Int) throws {
    func malformed(_ reason: String) -> CommunicatorError { .malformedMessage(sender: rank, reason: reason) }
    func id(_ member: Int) throws -> MemberID {
      guard underWay[member] != nil else { throw malformed("nobody trains member \(member)") }
      return plan[member].id
    }
    switch parcel.message {
    case .ready: idle.append(rank)
    case .event(let member, let event): try onEvent(.training(try id(member), event))
    case .kept(let member, let outline):
      let id = try id(member)
      var files = underWay[member] ?? MemberFiles()
      guard !parcel.files.isEmpty || files.outline != outline else { return }
      try files.change(to: outline, parcel.files, from: rank)
      underWay[member] = files
      try run.store.keep(files, of: id)
    case .trained(let member, let cost):
      let id = try id(member)
      underWay[member] = nil
      trained[rank].append(member)
      try run.store.settle(id)
      try onEvent(.memberFinished(id, cost: cost))
    case .scored(let member, let outline):
      guard trained[rank].contains(member) else { throw malformed("it has not trained member \(member)") }
      try run.store.add(MemberFiles(contents: parcel.files), outline, to: plan[member].id)
    case .over: trained[rank] = []
    case .left(let member, let reason):
      let id = try id(member)
      underWay[member] = nil
      failures[member] = FailedMember(id, reason: reason)
      try run.store.settle(id)
      try onEvent(.memberFailed(id, reason: reason))
    case .changed(let member, let reason):
      let id = try id(member)
      throw ExperimentError.changedContender(id.contender, path: run.store.folder(of: id).path, reason: reason)
    case .failed(let reason): throw TrainError.rankFailed(rank: rank, reason: reason)
    case .take, .score, .finish, .stop: throw malformed("it is an order")
    }
  }

  private func giveOut() throws {
    while let rank = idle.first {
      if !open.isEmpty {
        try give(open.removeFirst(), to: rank)
      } else if let next = idle.first(where: { !trained[$0].isEmpty }) {
        idle.removeAll { $0 == next }
        try send(MemberParcel(.score), to: next)
        continue
      } else {
        break
      }
      idle.removeFirst()
    }
  }

  private func give(_ number: Int, to rank: Int) throws {
    let id = plan[number].id
    let files = try MemberFolder(run.store.folder(of: id)).files()
    underWay[number] = files
    try onEvent(.memberStarted(id, place: plan[number].place, count: plan.count))
    try send(MemberParcel(.take(member: number), files: files.contents), to: rank)
  }

  private func send(_ parcel: MemberParcel, to rank: Int) throws {
    let bytes = try parcel.bytes()
    if rank == 0 { ownLine.tell(bytes) } else { try ranks.send(bytes, to: rank, .orders) }
  }
}

extension ExperimentRun {
  /// Whether a member is trained and has scored all sets.
  fileprivate func isDone(_ planned: PlannedMember) throws -> Bool {
    let files = FileManager.default
    if planned.contender.bundle == nil {
      let pipeline = TrainingPipeline(
        configuration: planned.contender.training(seed: planned.seed), runFolder: store.runFolder(of: planned.id))
      guard pipeline.isFinished else { return false }
      let hasPosterior = planned.contender.structure == .single
      if hasPosterior, !files.fileExists(atPath: store.posterior(of: planned.id).path) { return false }
    }
    return try sets.allSatisfy { try store.scores(of: planned.id, on: $0.id) != nil }
  }

  /// How much work the training of a member is.
  fileprivate func cost(of planned: PlannedMember) throws -> Double {
    let contender = planned.contender
    guard contender.bundle == nil else { return 0 }
    let pipeline = TrainingPipeline(
      configuration: contender.training(seed: planned.seed), runFolder: store.runFolder(of: planned.id))
    let model = try contender.configuration(data.taxonomy)
    return try pipeline.cost(of: contender.samples(data.training), prompts: data.prompts, model)
  }
}
