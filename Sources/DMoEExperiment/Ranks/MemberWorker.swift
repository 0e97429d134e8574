import DMoECore
import DMoEData
import DMoEModel
import DMoETrain
import Foundation

/// A rank that trains members as rank 0 gives them out, each as a process alone does, in a folder of the rank's own, and has them
/// score all sets, side by side, since they share the trunk of a text.
///
/// What was kept of a member before comes with the order, and whatever it keeps goes back at once, so that ranks need no
/// common file system but for what they read at the start.
final class MemberWorker {
  private let run: ExperimentRun
  private let plan: [PlannedMember]
  private let line: any RankLine
  /// Those that are trained here and have not scored, with their folders.
  private var trained: [(number: Int, member: Member, folder: MemberFolder)] = []

  init(_ run: ExperimentRun, _ plan: [PlannedMember], line: any RankLine) {
    self.run = run
    self.plan = plan
    self.line = line
  }

  /// Works until rank 0 says that everything is done; where that fails, rank 0 is told.
  ///
  /// - Parameters:
  ///   - line: The way to rank 0.
  ///   - make: Makes the worker.
  /// - Throws: `TrainError.rankFailed` where another rank cannot go on; what making and training throw.
  static func work(over line: any RankLine, _ make: () throws -> MemberWorker) throws {
    do { try make().work() } catch {
      // Where the line itself is broken, there is nobody to tell; who was told to stop tells nobody.
      if case .rankFailed? = error as? TrainError { throw error }
      try? line.send(MemberParcel(.failed(reason: "\(error)")))
      throw error
    }
  }

  private func work() throws {
    try line.send(MemberParcel(.ready))
    while true {
      guard let parcel = try received() else {
        RankPause.sleep()
        continue
      }
      switch parcel.message {
      case .take(let member): try take(member, MemberFiles(contents: parcel.files))
      case .score: try score()
      case .finish: return
      default: try Self.heed(parcel.message)
      }
      try line.send(MemberParcel(.ready))
    }
  }

  private func received() throws -> MemberParcel? {
    try line.next().map { try MemberParcel(RankMessage(sender: 0, bytes: $0)) }
  }

  /// Hears of a rank that cannot go on.
  private func listen() throws { if let parcel = try received() { try Self.heed(parcel.message) } }

  /// - Throws: `TrainError.rankFailed` if rank 0 says so, `CommunicatorError` for what it does not say to a worker.
  private static func heed(_ message: MemberOrder) throws {
    guard case .stop(let rank, let reason) = message else {
      throw CommunicatorError.malformedMessage(sender: 0, reason: "it is no order")
    }
    throw TrainError.rankFailed(rank: rank, reason: reason)
  }

  /// Trains a member.
  private func take(_ number: Int, _ kept: MemberFiles) throws {
    guard plan.indices.contains(number) else {
      throw CommunicatorError.malformedMessage(sender: 0, reason: "there is no member \(number)")
    }
    let planned = plan[number]
    let place = run.store.folder(of: planned.id)
    try? FileManager.default.removeItem(at: place)
    try kept.write(to: place)
    var folder = MemberFolder(place)
    _ = try folder.news()
    func tellKept() throws {
      let (outline, files) = try folder.news()
      try line.send(MemberParcel(.kept(member: number, outline), files: files))
    }
    do {
      let member = try run.trained(planned.contender, seed: planned.seed, options: run.options) { event in
        try line.send(MemberParcel(.event(member: number, event)))
        if folder.hasProgressed() { try tellKept() }
        try listen()
      }
      try tellKept()
      trained.append((number, try run.running(member), folder))
      try line.send(MemberParcel(.trained(member: number, member.cost)))
    } catch ExperimentError.changedContender(_, _, let reason) {
      try line.send(MemberParcel(.changed(member: number, reason: reason)))
    } catch let error where ExperimentRun.concernsOneMember(error) {
      // With what it has finished.
      try tellKept()
      try line.send(MemberParcel(.left(member: number, reason: "\(error)")))
    }
  }

  /// Has all that were trained here score all sets, and forgets them.
  private func score() throws {
    func tellScored() throws {
      for index in trained.indices {
        let (outline, files) = try trained[index].folder.news()
        guard !files.isEmpty else { continue }
        try line.send(MemberParcel(.scored(member: trained[index].number, outline), files: files))
      }
      try listen()
    }
    // What training has kept of texts makes room for those that are scored.
    run.trunk.removeAll()
    for set in run.sets {
      try run.score(set, by: trained.map(\.member)) { _ in try tellScored() }
      try tellScored()
    }
    try line.send(MemberParcel(.over))
    for (_, _, folder) in trained { try? FileManager.default.removeItem(at: folder.url) }
    trained = []
  }
}

/// A message about members with the files that belong to it.
typealias MemberParcel = Parcel<MemberOrder>
