import DMoECore
import DMoEData
import DMoEModel
import Foundation

/// Rank 0's part in a run of several ranks: gives out phases, keeps what comes back, and tells of everything.
///
/// The run folder is its alone. It is read and written as by a run of one process, so that what ranks have finished is there
/// for a run of any number of them.
final class PhaseDispatcher {
  private let run: TrainingRun
  private let plan: PhasePlan
  private let ranks: RankSwitchboard
  private let costs: PhaseCosts
  private let ownLine: OwnLine
  private var list: WorkList
  private var underWay: [TrainingPhase: PhaseUnderWay] = [:]
  /// Why phases were left out.
  private(set) var reasons: [TrainingPhase: String] = [:]
  /// Ranks with nothing to do, and the phases whose outcome each knows.
  private var idle: [Int] = []
  /// Ranks that will have nothing to do in a moment: they are waited for, since they may help.
  private var returning: Set<Int> = []
  private var teams: [TrainingPhase: [Int]] = [:]
  /// The phase that each rank trains.
  private var current: [Int: TrainingPhase] = [:]
  private var known: [Set<TrainingPhase>]

  /// - Parameters:
  ///   - run: The run of the folder.
  ///   - model: The untrained model.
  ///   - ranks: All ranks.
  ///   - ownLine: The way to this rank's own worker.
  init(_ run: TrainingRun, _ model: RewardModel, over ranks: RankSwitchboard, ownLine: OwnLine) {
    self.run = run
    self.ranks = ranks
    self.ownLine = ownLine
    let plan = PhasePlan(model, run.configuration)
    let costs = PhaseCosts(configuration: run.configuration, data: run.data, model: model.configuration)
    self.plan = plan
    self.costs = costs
    list = WorkList(plan.names, needs: { plan.needs(of: $0) }, costs: { costs.cost(of: $0) })
    known = Array(repeating: [], count: ranks.size)
    returning = Set(0..<ranks.size)
  }

  /// Has everything trained that is not done.
  ///
  /// - Throws: `TrainError.rankFailed`; `CommunicatorError`; what keeping results and the listener throw. All ranks are told
  ///   before.
  func dispatch() throws {
    do {
      try begin()
      // Every rank has asked for more when it is told that there is none: no message is left on its way.
      while !list.isOver || idle.count < ranks.size {
        guard let message = try receive() else {
          RankPause.sleep()
          continue
        }
        try take(RankParcel(message), from: message.sender)
        try giveOut()
      }
      try tellAll(.finish)
    } catch {
      // A rank that failed was the first to know; anything else this one has met.
      // Short enough to be sent without waiting: the receiver may wait for this rank itself.
      var (rank, reason) = (0, String("\(error)".prefix(1000)))
      if case TrainError.rankFailed(let other, let own) = error { (rank, reason) = (other, own) }
      if let bytes = try? RankParcel(.stop(rank: rank, reason: reason)).bytes() {
        for rank in 0..<ranks.size { try? send(bytes, to: rank) }
      }
      throw error
    }
  }

  /// Takes up what is done; a phase that a run of one process was in begins anew.
  private func begin() throws {
    try? FileManager.default.removeItem(at: run.folder.checkpointURL)
    try run.begin(plan.names)
    for name in plan.names where try run.kept(name) != nil {
      list.end(name)
      try run.tell(.phaseSkipped(name))
    }
  }

  private func receive() throws -> RankMessage? {
    if let message = ownLine.heard() { return message }
    return try ranks.order()
  }

  private func take(_ parcel: RankParcel, from rank: Int) throws {
    switch parcel.message {
    case .ready:
      idle.append(rank)
      returning.remove(rank)
      current[rank] = nil
    case .event(let event): try take(event)
    case .checkpoint(let phase):
      guard let checkpoint = parcel.files[RankParcel.checkpoint] else { throw Self.malformed(rank, "no checkpoint") }
      try underWay[phase]?.keep(checkpoint: checkpoint)
    case .over(let phase, let reason): try end(phase, leftOut: reason, parcel.files, rank)
    case .failed(let reason): throw TrainError.rankFailed(rank: rank, reason: reason)
    case .train, .finish, .stop: throw Self.malformed(rank, "it is an order")
    }
  }

  private func take(_ event: TrainingEvent) throws {
    if let phase = event.phase { try underWay[phase]?.record(event) }
    try run.pass(event)
  }

  /// Keeps a result. What was told of the phase goes into the metrics as one piece, before the result is there: what stands
  /// behind the last result is forgotten by a run that goes on.
  private func end(_ phase: TrainingPhase, leftOut reason: String?, _ files: [String: Data], _ rank: Int) throws {
    if let reason {
      reasons[phase] = reason
      underWay[phase] = nil
      try? FileManager.default.removeItem(at: run.folder.underWay(phase))
      try run.tell(.phaseLeftOut(phase, reason: reason))
    } else {
      if let lines = try underWay.removeValue(forKey: phase)?.lines() { try run.folder.metrics.append(lines: lines) }
      try run.folder.finish(phase, files: files)
    }
    let team = teams.removeValue(forKey: phase) ?? [rank]
    for member in team { known[member].insert(phase) }
    // Some may have been ready before the one that tells of it.
    if team.count > 1 { returning.formUnion(team.filter { current[$0] == phase }) }
    list.end(phase)
  }

  private func giveOut() throws {
    guard returning.isEmpty, !idle.isEmpty else { return }
    var phases: [TrainingPhase] = []
    while phases.count < idle.count, let phase = list.take() { phases.append(phase) }
    let given = RankTeams(
      phases, idle: idle, costs: { costs.cost(of: $0) }, limits: { run.configuration.ranks(in: $0, of: costs.model) })
    idle = given.idle
    for (phase, team) in given.teams { try give(phase, to: team) }
  }

  private func give(_ phase: TrainingPhase, to team: [Int]) throws {
    let kept = try PhaseUnderWay(phase, in: run.folder)
    underWay[phase] = kept
    teams[phase] = team
    for rank in team {
      current[rank] = phase
      let news = plan.needs(of: phase).filter { known[rank].insert($0).inserted }
      var files = try kept.files()
      for name in news where reasons[name] == nil {
        files.merge(RankParcel.files(try run.folder.files(of: name), of: name)) { $1 }
      }
      let needs = news.map { RankOrder.Settled(phase: $0, leftOut: reasons[$0]) }
      try send(RankParcel(.train(phase, after: needs, team: team), files: files).bytes(), to: rank)
    }
  }

  private func send(_ bytes: Data, to rank: Int) throws {
    if rank == 0 { ownLine.tell(bytes) } else { try ranks.send(bytes, to: rank, .orders) }
  }

  private func tellAll(_ message: RankOrder) throws {
    let bytes = try RankParcel(message).bytes()
    for rank in 0..<ranks.size { try send(bytes, to: rank) }
  }

  private static func malformed(_ sender: Int, _ reason: String) -> CommunicatorError {
    .malformedMessage(sender: sender, reason: reason)
  }
}

extension TrainingEvent {
  /// The phase that it is about, if it is about one.
  var phase: TrainingPhase? {
    switch self {
    case .runStarted, .runFinished: nil
    case .textsRead(let phase, _, _), .phaseSkipped(let phase), .phaseLeftOut(let phase, _): phase
    case .phaseStarted(let start): start.phase
    case .step(let step): step.phase
    case .validation(let validation): validation.phase
    case .phaseFinished(let summary): summary.phase
    }
  }
}
