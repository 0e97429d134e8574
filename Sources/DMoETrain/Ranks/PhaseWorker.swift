import DMoECore
import DMoEModel
import Foundation

/// A rank that trains phases as rank 0 gives them out, each in an ordinary run of its own folder, alone or in a team of which each
/// does the same but for what they share out.
///
/// What it needs of other ranks comes with the order, and what it kept goes back, so that ranks need no common file system
/// but for what they read at the start.
final class PhaseWorker {
  private let run: TrainingRun
  private let plan: PhasePlan
  private let line: any RankLine
  private let switchboard: RankSwitchboard
  /// Whether this rank tells of the phase that it trains.
  private let speaker: Speaker
  private var model: RewardModel
  /// Phases whose result is in the model, or that were left out of it.
  private var settled: Set<TrainingPhase> = []

  /// - Parameters:
  ///   - pipeline: The settings, and a folder for this worker alone.
  ///   - start: What the run starts from, the same on all ranks.
  ///   - identity: That of the start.
  ///   - cache: Trunk outputs of this process.
  ///   - line: The way to rank 0.
  ///   - switchboard: The way to the ranks of a team.
  init(
    of pipeline: TrainingPipeline, _ start: TrainingRun.Start, identity: RunIdentity, cache: TrunkCache,
    line: any RankLine, switchboard: RankSwitchboard
  ) throws {
    self.line = line
    self.switchboard = switchboard
    let speaker = Speaker()
    self.speaker = speaker
    plan = PhasePlan(start.model, pipeline.configuration)
    model = start.model
    run = try TrainingRun(of: pipeline, start, identity: identity, cache: cache) { event in
      if speaker.speaks { try line.send(RankParcel(.event(event))) }
      // Nothing else comes while a phase is trained.
      if let parcel = try line.receive() { try Self.heed(parcel.message) }
    }
  }

  /// Makes a worker and has it work; where either fails, rank 0 is told.
  ///
  /// - Throws: `TrainError.rankFailed` where another rank cannot go on; what making and training throw.
  static func work(over line: any RankLine, _ make: () throws -> PhaseWorker) throws {
    do { try make().work() } catch {
      // Where the line itself is broken, there is nobody to tell.
      if !error.isOfAnotherRank { try? line.send(RankParcel(.failed(reason: "\(error)"))) }
      throw error
    }
  }

  /// Works until rank 0 says that everything is done.
  private func work() throws {
    try line.send(RankParcel(.ready))
    while true {
      guard let parcel = try line.receive() else {
        RankPause.sleep()
        continue
      }
      switch parcel.message {
      case .train(let phase, let needs, let team): try train(phase, after: needs, by: team, parcel)
      case .finish: return
      default: try Self.heed(parcel.message)
      }
    }
  }

  /// - Throws: `TrainError.rankFailed` if rank 0 says so, `CommunicatorError` for what it does not say to a worker.
  private static func heed(_ message: RankOrder) throws {
    guard case .stop(let rank, let reason) = message else {
      throw CommunicatorError.malformedMessage(sender: 0, reason: "it is no order")
    }
    throw TrainError.rankFailed(rank: rank, reason: reason)
  }

  /// Trains a phase with the ranks of a team.
  private func train(
    _ name: TrainingPhase, after needs: [RankOrder.Settled], by team: [Int], _ parcel: RankParcel
  ) throws {
    speaker.speaks = team.count < 2 || team.first == switchboard.rank
    guard team.count > 1 else { return try train(name, after: needs, parcel) }
    let ranks = TeamRanks(team, over: switchboard) { [line] in
      if let parcel = try line.receive() { try Self.heed(parcel.message) }
    }
    run.ranks = ranks
    defer { run.ranks = SingleRank() }
    do { try train(name, after: needs, parcel) } catch { throw ranks.stop ?? error }
  }

  private func train(_ name: TrainingPhase, after needs: [RankOrder.Settled], _ parcel: RankParcel) throws {
    for need in needs { try settle(need, parcel) }
    guard let phase = plan[name] else {
      throw CommunicatorError.malformedMessage(sender: 0, reason: "there is no phase \(name)")
    }
    // The folder's metrics are those of the phase under way alone: their length is what its checkpoints count by.
    try run.folder.metrics.truncate(to: 0)
    try run.folder.metrics.append(lines: parcel.files[RankParcel.metrics] ?? Data())
    try? FileManager.default.removeItem(at: run.folder.checkpointURL)
    if let checkpoint = parcel.files[RankParcel.checkpoint] {
      try AtomicFile<CoreError>.write(checkpoint, to: run.folder.checkpointURL)
    }
    run.folder.onCheckpoint = { [line, speaker] file in
      guard speaker.speaks else { return }
      try line.send(RankParcel(.checkpoint(name), files: [RankParcel.checkpoint: try Data(contentsOf: file)]))
    }
    let reason = try run.train(phase, &model)
    if reason != nil { try phase.leaveOut(of: &model) }
    try phase.followUp(model, in: run)
    settled.insert(name)
    if speaker.speaks {
      try line.send(
        RankParcel(.over(name, leftOut: reason), files: reason == nil ? try run.folder.files(of: name) : [:]))
    }
    try line.send(RankParcel(.ready))
  }

  /// Puts into the model what became of a phase elsewhere.
  private func settle(_ need: RankOrder.Settled, _ parcel: RankParcel) throws {
    guard settled.insert(need.phase).inserted, let phase = plan[need.phase] else { return }
    if need.leftOut == nil {
      try run.folder.finish(need.phase, files: parcel.files(of: need.phase))
      if let kept = try run.kept(need.phase) { try phase.install(kept, in: &model) }
    } else {
      try phase.leaveOut(of: &model)
    }
    try phase.followUp(model, in: run)
  }
}

/// Whether a rank is the one of its team that tells of what happens; a value of its own, since a run's listener asks.
private final class Speaker {
  var speaks = true
}

extension Error {
  /// Whether rank 0 knows already: it said so.
  fileprivate var isOfAnotherRank: Bool {
    guard case .rankFailed? = self as? TrainError else { return false }
    return true
  }
}
