import ArgumentParser
import Foundation

/// The files that a call of `dmoerm label` reads and writes.
enum LabelFiles {
  typealias Named = (option: String, path: String?)

  /// - Throws: `ValidationError` if a file would be written that the call also reads, or that is two of its outputs.
  static func checkApart(inputs: [Named], outputs: [Named]) throws {
    var taken: [String: String] = [:]
    for case (let option, let path?) in inputs where path != "-" { taken[URL(fileURLWithPath: path).place] = option }
    for case (let option, let path?) in outputs {
      if let other = taken.updateValue(option, forKey: URL(fileURLWithPath: path).place) {
        throw ValidationError("\(option) \(path) is the file of \(other): it would be overwritten")
      }
    }
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

  /// - Parameter journal: what tells that the files are this run's own: it is there since the run's beginning.
  /// - Throws: `ValidationError` if a file is there already and another run, or somebody else, has written it.
  static func checkOwn(outputs: [Named], journal: URL) throws {
    let files = FileManager.default
    guard !files.fileExists(atPath: journal.path) else { return }
    for case (let option, let path?) in outputs where files.fileExists(atPath: path) {
      throw ValidationError(
        "\(option) \(path) is there already, and not of this run, which has no journal \(journal.relativePath) yet; "
          + "--replace replaces it")
    }
  }
}
