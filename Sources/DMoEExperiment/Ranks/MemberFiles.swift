import DMoECore
import DMoETrain
import Foundation

/// The files of a member's folder at one moment, which is one that a run could go on from.
struct MemberFiles: Sendable, Equatable {
  /// Which files there are.
  struct Outline: Codable, Sendable, Equatable {
    var paths: [String]
  }

  /// Content by path in the member's folder.
  var contents: [String: Data] = [:]

  var outline: Outline { Outline(paths: contents.keys.sorted()) }

  /// The same after some of them have changed.
  ///
  /// - Throws: `CommunicatorError.malformedMessage` where a file is not there.
  mutating func change(to outline: Outline, _ files: [String: Data], from sender: Int) throws {
    var changed: [String: Data] = [:]
    for path in outline.paths {
      guard let content = files[path] ?? contents[path] else {
        throw CommunicatorError.malformedMessage(sender: sender, reason: "\(path) is not there")
      }
      changed[path] = content
    }
    contents = changed
  }

  /// Writes them into a folder in the place of what a run has kept there.
  ///
  /// - Throws: `CoreError.unwritableFile`; what making folders throws.
  func write(to folder: URL) throws {
    let files = FileManager.default
    for path in MemberFolder(folder).paths() where contents[path] == nil {
      try files.removeItem(at: folder.appendingPathComponent(path))
    }
    // A phase without a file of its own would be taken for one that is finished.
    for name in MemberFolder(folder).emptyPhases() { try files.removeItem(at: name) }
    for (path, content) in contents.sorted(by: { $0.key < $1.key }) {
      let file = folder.appendingPathComponent(path)
      try files.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try AtomicFile<CoreError>.write(content, to: file)
    }
  }
}

/// The folder of a member, as it changes while the member is trained.
struct MemberFolder {
  /// What tells a file from what it was before.
  private struct Stamp: Equatable {
    let number: UInt64
    let size: Int64
    let seconds: Int
    let nanoseconds: Int
  }

  let url: URL
  private var seen: [String: Stamp] = [:]

  init(_ url: URL) { self.url = url }

  /// What a run has kept there, by path: nothing of a bundle, which is made again of it, and no lock.
  func paths() -> [String] {
    let all = (try? FileManager.default.subpathsOfDirectory(atPath: url.path)) ?? []
    return all.filter { path in
      let isOther = path == "run/lock" || path == "model.dmoerm" || path.hasPrefix("model.dmoerm/")
      return !isOther && !isFolder(path)
    }
  }

  /// The folders of phases in which there is nothing.
  func emptyPhases() -> [URL] {
    let phases = url.appendingPathComponent("run/phases")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: phases.path)) ?? []
    return names.map { phases.appendingPathComponent($0) }.filter { folder in
      let content = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? ["?"]
      return content.allSatisfy { isFolder("run/phases/\(folder.lastPathComponent)/\($0)") }
    }
  }

  /// All of it.
  func files() throws -> MemberFiles {
    var result = MemberFiles()
    for path in paths() { result.contents[path] = try Data(contentsOf: url.appendingPathComponent(path)) }
    return result
  }

  /// What is there, and the files that are new or have changed since this was last asked.
  mutating func news() throws -> (outline: MemberFiles.Outline, files: [String: Data]) {
    var (now, files): ([String: Stamp], [String: Data]) = ([:], [:])
    for path in paths() {
      let stamp = stamp(path)
      now[path] = stamp
      if seen[path] != stamp || stamp == nil { files[path] = try Data(contentsOf: url.appendingPathComponent(path)) }
    }
    seen = now
    return (MemberFiles.Outline(paths: now.keys.sorted()), files)
  }

  /// Whether a checkpoint or the result of a phase is another one than when `news()` was last asked.
  func hasProgressed() -> Bool {
    let checkpoint = "run/checkpoint.safetensors"
    if stamp(checkpoint) != seen[checkpoint] { return true }
    let phases = url.appendingPathComponent("run/phases")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: phases.path)) ?? []
    return names.contains { !$0.hasSuffix(".new") && seen["run/phases/\($0)/summary.json"] == nil }
  }

  private func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    let place = url.appendingPathComponent(path).path
    return FileManager.default.fileExists(atPath: place, isDirectory: &isFolder) && isFolder.boolValue
  }

  private func stamp(_ path: String) -> Stamp? {
    var status = stat()
    guard stat(url.appendingPathComponent(path).path, &status) == 0 else { return nil }
    return Stamp(
      number: UInt64(status.st_ino), size: Int64(status.st_size), seconds: status.st_mtim.tv_sec,
      nanoseconds: status.st_mtim.tv_nsec)
  }
}
