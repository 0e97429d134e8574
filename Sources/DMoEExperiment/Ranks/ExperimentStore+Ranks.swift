import DMoECore
import DMoETrain
import Foundation

extension ExperimentStore {
  /// Takes the folder for this process: two never write one.
  ///
  /// - Throws: `TrainError.runInUse`, `.unusableRun`.
  func lock() throws -> RunLock { try RunLock(url, TrainError.self) }
}

/// What ranks have kept of members under way: a file each beside the member's folder, replaced as a whole.
extension ExperimentStore {
  /// Keeps the files of a member that some rank trains.
  ///
  /// - Throws: `CoreError.unwritableFile`; what was kept before is there still.
  func keep(_ files: MemberFiles, of member: MemberID) throws {
    let url = underWay(member)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try AtomicFile<CoreError>.write(try Parcel(member, files: files.contents).bytes(), to: url)
  }

  /// Puts what was kept of a member into its folder, if there is any. Broken off by a kill, it is done again by whoever comes next.
  ///
  /// - Throws: `ExperimentError.unusableScores` for a file that is broken; `CoreError.unwritableFile`.
  func settle(_ member: MemberID) throws {
    let url = underWay(member)
    guard let bytes = FileManager.default.contents(atPath: url.path) else { return }
    guard let parcel = try? Parcel<MemberID>(RankMessage(sender: 0, bytes: bytes)), parcel.message == member else {
      throw ExperimentError.unusableScores(
        path: url.path, reason: "this is not what ranks have kept; delete it to go on without")
    }
    try MemberFiles(contents: parcel.files).write(to: folder(of: member))
    try FileManager.default.removeItem(at: url)
  }

  /// Adds rewards to what is kept of a member that is trained, each file as a whole; parts of a set that it has no more are taken away.
  ///
  /// - Throws: `CoreError.unwritableFile`.
  func add(_ files: MemberFiles, _ outline: MemberFiles.Outline, to member: MemberID) throws {
    let own = folder(of: member)
    func isRewards(_ path: String) -> Bool { path.hasPrefix("scores-") && !path.contains("/") }
    for (path, content) in files.contents where isRewards(path) {
      try AtomicFile<CoreError>.write(content, to: own.appendingPathComponent(path))
    }
    for path in MemberFolder(own).paths() where isRewards(path) && !outline.paths.contains(path) {
      try FileManager.default.removeItem(at: own.appendingPathComponent(path))
    }
  }

  private func underWay(_ member: MemberID) -> URL {
    let own = folder(of: member)
    return own.deletingLastPathComponent().appendingPathComponent(own.lastPathComponent + ".under-way")
  }
}
