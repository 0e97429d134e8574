import ArgumentParser
import Foundation

/// The files that a call of `dmoerm label` reads and writes; no file is written that it reads, or written as two things.
struct LabelFiles {
  private var taken: [(option: String, path: String)] = []

  /// - Throws: `ValidationError` if an output is also another file of the call.
  init(inputs: [(option: String, path: String?)], outputs: [(option: String, path: String?)]) throws {
    func named(_ list: [(option: String, path: String?)]) -> [(option: String, path: String)] {
      list.compactMap { entry in entry.path.map { (entry.option, $0) } }
    }
    taken = named(inputs).filter { $0.path != "-" }
    for output in named(outputs) {
      if let other = taken.first(where: { Self.place($0.path) == Self.place(output.path) }) {
        throw ValidationError("\(output.option) \(output.path) is the file of \(other.option): it would be overwritten")
      }
      taken.append(output)
    }
  }

  /// Where a path leads to, with links followed, whether or not the file is there yet.
  static func place(_ path: String) -> String {
    let url = URL(fileURLWithPath: path)
    return url.deletingLastPathComponent().resolvingSymlinksInPath().appendingPathComponent(url.lastPathComponent)
      .resolvingSymlinksInPath().standardizedFileURL.path
  }

  /// A place where a file can be written.
  ///
  /// - Throws: `ValidationError` for a folder, `Failure` if its folder is missing or closed.
  static func writable(_ path: String, _ option: String) throws -> URL {
    let url = URL(fileURLWithPath: path)
    var isFolder: ObjCBool = false
    let files = FileManager.default
    if files.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue {
      throw ValidationError("\(option) \(path) is a folder")
    }
    let folder = url.deletingLastPathComponent().path
    guard files.isWritableFile(atPath: folder) else {
      throw Failure(
        "\(option) \(path): \(folder) \(files.fileExists(atPath: folder) ? "cannot be written into" : "is not there")")
    }
    return url
  }
}
