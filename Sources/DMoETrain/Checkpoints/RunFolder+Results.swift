import DMoECore
import Foundation

/// The results of finished phases, for the run that has the folder and for who only looks into it.
extension RunFolder {
  /// Where the result of a phase is kept.
  static func folder(of phase: TrainingPhase, in run: URL) -> URL {
    run.appendingPathComponent("phases").appendingPathComponent(
      phase.description.replacingOccurrences(of: "/", with: "."))
  }

  /// The result of a phase that is done.
  static func finished(_ phase: TrainingPhase, in run: URL) throws -> Finished? {
    let file = folder(of: phase, in: run).appendingPathComponent(summaryName)
    guard let data = try? Data(contentsOf: file) else { return nil }
    guard let finished = try? JSONDecoder().decode(Finished.self, from: data) else {
      throw TrainError.unusableRun(path: file.path, reason: "it is not what it should be")
    }
    return finished
  }

  /// The files of a result, by their paths in its folder.
  ///
  /// - Throws: `TrainError.unusableRun`.
  static func files(of phase: TrainingPhase, in run: URL) throws -> [String: Data] {
    let folder = folder(of: phase, in: run)
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
    var result: [String: Data] = [:]
    for path in paths {
      let file = folder.appendingPathComponent(path)
      if (try? file.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true { continue }
      do { result[path] = try Data(contentsOf: file) } catch {
        throw TrainError.unusableRun(path: file.path, reason: SystemReason.of(error))
      }
    }
    return result
  }

  func folder(of phase: TrainingPhase) -> URL { Self.folder(of: phase, in: url) }

  func finished(_ phase: TrainingPhase) throws -> Finished? { try Self.finished(phase, in: url) }

  func files(of phase: TrainingPhase) throws -> [String: Data] { try Self.files(of: phase, in: url) }

  /// Keeps the result of a phase that another rank's folder has finished, by its files; told of up to here.
  ///
  /// - Throws: `TrainError.unusableRun` for files of which none says what they are.
  func finish(_ phase: TrainingPhase, files: [String: Data]) throws {
    guard let summary = files[Self.summaryName],
      var finished = try? JSONDecoder().decode(Finished.self, from: summary), finished.summary.phase == phase
    else {
      throw TrainError.unusableRun(path: folder(of: phase).path, reason: "a rank sent something else than its result")
    }
    finished.metricsBytes = try metrics.bytes()
    try finish(finished) { fresh in
      for (path, content) in files where path != Self.summaryName {
        let file = fresh.appendingPathComponent(path)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try AtomicFile<CoreError>.write(content, to: file)
      }
    }
  }
}
