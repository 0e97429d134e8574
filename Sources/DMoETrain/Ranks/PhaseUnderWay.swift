import DMoECore
import Foundation

/// What rank 0 keeps of a phase that some rank trains: what was told of it, and its last checkpoint.
final class PhaseUnderWay {
  private let folder: URL
  private let metrics: MetricsFile
  private var checkpoint: URL { folder.appendingPathComponent(RankParcel.checkpoint) }

  /// Opens what an earlier run left, or makes it; what was told after its checkpoint will be told again.
  ///
  /// - Throws: `TrainError.unusableRun`; what reading a checkpoint throws.
  init(_ phase: TrainingPhase, in run: RunFolder) throws {
    folder = run.underWay(phase)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch { throw TrainError.unusableRun(path: folder.path, reason: SystemReason.of(error)) }
    metrics = try MetricsFile(in: folder, TrainError.self)
    let kept = try CheckpointFile(
      url: folder.appendingPathComponent(RankParcel.checkpoint), owner: phase.description
    ).read()
    try metrics.truncate(to: kept?.progress.metricsBytes ?? 0)
  }

  /// Notes what was told.
  func record(_ event: TrainingEvent) throws {
    if event.isRecorded { try metrics.append(event) }
  }

  /// Replaces the checkpoint.
  func keep(checkpoint data: Data) throws { try AtomicFile<CoreError>.write(data, to: checkpoint) }

  /// What was told, as lines of metrics.
  func lines() throws -> Data { try Data(contentsOf: metrics.url) }

  /// What a rank needs to go on from here.
  func files() throws -> [String: Data] {
    var result = [RankParcel.metrics: try lines()]
    if FileManager.default.fileExists(atPath: checkpoint.path) {
      result[RankParcel.checkpoint] = try Data(contentsOf: checkpoint)
    }
    return result
  }
}

extension RankParcel {
  /// The names of files that come with `RankOrder.train` and `.checkpoint`.
  static let checkpoint = "checkpoint.safetensors"
  /// What was told of a phase so far.
  static let metrics = "metrics.jsonl"

  /// The files of a phase's result, as a parcel of several results names them.
  static func files(_ files: [String: Data], of phase: TrainingPhase) -> [String: Data] {
    Dictionary(uniqueKeysWithValues: files.map { ("\(phase)//\($0.key)", $0.value) })
  }

  /// The files of one phase's result.
  func files(of phase: TrainingPhase) -> [String: Data] {
    let prefix = "\(phase)//"
    let own = files.filter { $0.key.hasPrefix(prefix) }
    return Dictionary(uniqueKeysWithValues: own.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
  }
}
