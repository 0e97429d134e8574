import DMoEFoundation
package import Foundation

/// A folder of a rank's own, in which it works for a job.
package enum RankScratch {
  /// What tells jobs apart: the machine and the place of the folder that rank 0 keeps.
  package static func job(in folder: URL) -> String {
    "\(ProcessInfo.processInfo.hostName):\(folder.standardizedFileURL.path)"
  }

  /// Runs a body with the folder, which is gone afterwards. It has one name for every job on one folder, so that a killed rank leaves
  /// no more than one behind.
  ///
  /// - Parameters:
  ///   - rank: The rank.
  ///   - job: The job's name, the same on all ranks.
  ///   - body: What is done in the folder.
  /// - Throws: what the body throws.
  package static func with<R>(of rank: Int, in job: String, _ body: (URL) throws -> R) throws -> R {
    var hash = SeededHash()
    hash.combine(job)
    let files = FileManager.default
    let folder = files.temporaryDirectory.appendingPathComponent(
      "dmoerm-\(getuid())-\(String(hash.value, radix: 16))-rank\(rank)", isDirectory: true)
    try? files.removeItem(at: folder)
    // What is trained is nobody else's to read. That there is no folder is told by what uses it.
    try? files.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? files.removeItem(at: folder) }
    return try body(folder)
  }
}
