import DMoECore
import DMoEFoundation
import DMoETrain
import Foundation
import Synchronization

/// What the folder of a policy's run holds of its steps: metrics and checkpoint, under a lock.
final class PolicyRunFiles: Sendable {
  static let checkpointName = "checkpoint.safetensors"

  /// What earlier starts have kept.
  struct Kept {
    var metrics: [PolicyStepMetrics] = []
    /// After the last step; `nil` before the first.
    var state: TrainingState?
  }

  private let folder: URL
  private let owner: String
  private let lock: RunLock
  private let file: MetricsFile
  /// How long the metrics were when the last step was kept.
  private let bytes: Mutex<Int>

  /// Opens or makes the folder.
  ///
  /// - Throws: `RLError.foreignRun`, `.runInUse`, `.unusableRun`; `CoreError`.
  private init(_ folder: URL, _ identity: PolicyRunIdentity) throws {
    do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
      throw RLError.unusableRun(path: folder.path, reason: "it cannot be made: \(SystemReason.of(error))")
    }
    lock = try RunLock(folder, RLError.self)
    try identity.claim(folder)
    file = try MetricsFile(in: folder, RLError.self)
    owner = try identity.fingerprint
    self.folder = folder
    bytes = Mutex(0)
  }

  private var checkpoint: URL { folder.appendingPathComponent(Self.checkpointName) }

  /// Reads what was kept, and forgets what was told after it.
  private func read() throws -> Kept {
    let state = try CheckpointFile(url: checkpoint, owner: owner).read()
    let length = state?.progress.metricsBytes ?? 0
    let metrics = try file.lines(PolicyStepMetrics.self, to: length, RLError.self)
    try file.truncate(to: length)
    bytes.withLock { $0 = length }
    if let state, metrics.count != state.step {
      throw RLError.unusableRun(path: folder.path, reason: "its metrics are not those of \(state.step) steps")
    }
    return Kept(metrics: metrics, state: state)
  }

  /// Keeps a step.
  ///
  /// - Throws: `CoreError.unwritableFile`; what was kept before is there still.
  func keep(_ step: PolicyStepMetrics, _ state: TrainingState) throws {
    let before = bytes.withLock { $0 }
    // What an earlier step told whose checkpoint could not be written.
    try file.truncate(to: before)
    try file.append(step)
    let length = try file.bytes()
    // A kill before the checkpoint is in its place leaves a line of metrics too many, which the next start cuts off.
    try CheckpointFile(url: checkpoint, owner: owner, metricsBytes: { length }).write(state)
    bytes.withLock { $0 = length }
  }
}

extension PolicyRunFiles {
  /// What the first rank found as it opened the folder.
  private struct News: Codable {
    /// What tells jobs apart.
    var job: String
    var metrics: [PolicyStepMetrics] = []
    var hasState = false
    var problem: String?
    /// Whether the folder is another run's, for that reason.
    var isForeign = false
  }

  /// Opens or makes the folder on rank 0, and tells all ranks what is in it.
  ///
  /// - Returns: the files on rank 0, and what was kept on all.
  /// - Throws: As opening it; on other ranks `RLError.foreignRun` or `TrainError.rankFailed`.
  static func open(
    _ folder: URL, _ identity: PolicyRunIdentity, over ranks: any Communicator
  ) throws -> (files: PolicyRunFiles?, kept: Kept) {
    guard ranks.rank == 0 else { return (nil, try awaited(folder, identity, over: ranks)) }
    var news = News(job: RankScratch.job(in: folder))
    let opened = Result {
      let files = try PolicyRunFiles(folder, identity)
      return (files: files, kept: try files.read())
    }
    switch opened {
    case .success(let opened): (news.metrics, news.hasState) = (opened.kept.metrics, opened.kept.state != nil)
    case .failure(RLError.foreignRun(_, let reason)): (news.problem, news.isForeign) = (reason, true)
    case .failure(let error): news.problem = "\(error)"
    }
    if ranks.size > 1 {
      _ = try ranks.broadcast(try JSONEncoder.canonical.encode(news), from: 0)
      if news.hasState, case .success(let opened) = opened {
        _ = try ranks.broadcast(try Data(contentsOf: opened.files.checkpoint), from: 0)
      }
    }
    let result = try opened.get()
    return (result.files, result.kept)
  }

  /// The other ranks: waits for that.
  private static func awaited(
    _ folder: URL, _ identity: PolicyRunIdentity, over ranks: any Communicator
  ) throws -> Kept {
    guard let news = try? JSONDecoder().decode(News.self, from: try ranks.broadcast(Data(), from: 0)) else {
      throw CommunicatorError.malformedMessage(sender: 0, reason: "no news of the run folder")
    }
    if let problem = news.problem {
      throw news.isForeign
        ? RLError.foreignRun(path: folder.path, reason: problem) : TrainError.rankFailed(rank: 0, reason: problem)
    }
    guard news.hasState else { return Kept(metrics: news.metrics) }
    let bytes = try ranks.broadcast(Data(), from: 0)
    // Read as it is read on rank 0, from a file.
    return try RankScratch.with(of: ranks.rank, in: news.job) { place in
      let file = place.appendingPathComponent(checkpointName)
      try AtomicFile<CoreError>.write(bytes, to: file)
      guard let state = try CheckpointFile(url: file, owner: try identity.fingerprint).read() else {
        throw CommunicatorError.malformedMessage(sender: 0, reason: "it is no checkpoint of this run")
      }
      return Kept(metrics: news.metrics, state: state)
    }
  }
}
