import DMoECore
import DMoEData
import DMoEModel
import Foundation

/// The folder of a training run: who it belongs to, what is done, what is under way, and the metrics so far.
///
/// `run.json`, `metrics.jsonl`, `lock`, `phases/<phase>/` with the result of every finished phase (the bundle's own file
/// formats and `summary.json`), `checkpoint.safetensors` of the one under way; where several ranks train,
/// `phases/<phase>.under-way/` of each that one of them trains.
final class RunFolder {
  let url: URL
  let metrics: MetricsFile
  /// Called with the file of a checkpoint after it was written.
  var onCheckpoint: (URL) throws -> Void = { _ in }
  private let lock: RunLock
  static let summaryName = "summary.json"

  /// The end of a finished phase: its summary and how long the metrics were then.
  struct Finished: Codable {
    var summary: PhaseSummary
    var metricsBytes: Int
    /// Of the category's rewards after this phase, or of the expert's own.
    var normalization: RewardNormalization?
  }

  /// Opens or makes the folder.
  ///
  /// - Throws: `TrainError.runInUse`, `.foreignRun`, `.unusableRun`.
  init(_ url: URL, identity: RunIdentity) throws {
    self.url = url
    func unusable(_ reason: String) -> TrainError { .unusableRun(path: url.path, reason: reason) }
    do {
      try FileManager.default.createDirectory(
        at: url.appendingPathComponent("phases"), withIntermediateDirectories: true)
    } catch { throw unusable("it cannot be made") }
    lock = try RunLock(url, TrainError.self)
    let file = url.appendingPathComponent("run.json")
    if let data = try? Data(contentsOf: file) {
      guard let found = try? JSONDecoder().decode(RunIdentity.self, from: data) else {
        throw unusable("run.json is not what it should be")
      }
      if found != identity { try Self.makeRoom(for: identity, after: found, in: url) }
    }
    if !FileManager.default.fileExists(atPath: file.path) {
      try AtomicFile<CoreError>.write(try JSONEncoder.indented.encode(identity), to: file)
    }
    metrics = try MetricsFile(in: url, TrainError.self)
  }

  /// Forgets another run that has kept nothing.
  ///
  /// - Throws: `TrainError.foreignRun` for one that has.
  private static func makeRoom(for identity: RunIdentity, after found: RunIdentity, in url: URL) throws {
    if let difference = found.difference(from: identity), holdsWork(url) {
      throw TrainError.foreignRun(path: url.path, reason: "it was begun with another \(difference)")
    }
    for name in ["metrics.jsonl", "run.json"] {
      let file = url.appendingPathComponent(name)
      if FileManager.default.fileExists(atPath: file.path) { try FileManager.default.removeItem(at: file) }
    }
  }

  /// Whether a run has kept anything that it could go on from: a finished phase, or one under way.
  private static func holdsWork(_ url: URL) -> Bool {
    let files = FileManager.default
    let phases = (try? files.contentsOfDirectory(atPath: url.appendingPathComponent("phases").path)) ?? []
    return phases.contains { name in
      guard name.hasSuffix(".under-way") else { return !name.hasSuffix(".new") }
      return files.fileExists(atPath: url.appendingPathComponent("phases/\(name)/checkpoint.safetensors").path)
    }
      || files.fileExists(atPath: url.appendingPathComponent("checkpoint.safetensors").path)
  }

  func checkpoint(of phase: TrainingPhase) -> CheckpointFile {
    CheckpointFile(
      url: checkpointURL, owner: phase.description, metricsBytes: { [metrics] in try metrics.bytes() },
      onWrite: { [weak self] in try self?.onCheckpoint($0) })
  }

  /// Where the state of the phase under way is kept.
  var checkpointURL: URL { url.appendingPathComponent("checkpoint.safetensors") }

  /// What there is of a phase that a rank trains for this run: a run folder's metrics and checkpoint, of that phase alone.
  func underWay(_ phase: TrainingPhase) -> URL { folder(of: phase).appendingPathExtension("under-way") }

  /// Keeps the result of a phase, as a whole: the folder appears under its name when everything is in it.
  func finish(_ finished: Finished, write: (URL) throws -> Void) throws {
    let target = folder(of: finished.summary.phase)
    let fresh = target.appendingPathExtension("new")
    let files = FileManager.default
    if files.fileExists(atPath: fresh.path) { try files.removeItem(at: fresh) }
    try files.createDirectory(at: fresh, withIntermediateDirectories: true)
    try write(fresh)
    try AtomicFile<CoreError>.write(
      try JSONEncoder.indented.encode(finished), to: fresh.appendingPathComponent(Self.summaryName))
    try files.moveItem(at: fresh, to: target)
    try? files.removeItem(at: checkpointURL)
    try? files.removeItem(at: underWay(finished.summary.phase))
  }
}
