import ArgumentParser
import Foundation

/// Where a bundle is to be written.
enum BundleTarget {
  /// - Throws: `ValidationError` for a folder or file that is something else: writing would replace it.
  static func check(_ path: String) throws -> URL {
    guard !path.isEmpty, path != "-" else {
      throw ValidationError("--output names the folder to write, such as my.dmoerm")
    }
    let url = URL(fileURLWithPath: path)
    let files = FileManager.default
    guard files.fileExists(atPath: url.path) else { return url }
    let isBundle = files.fileExists(atPath: url.appendingPathComponent("dmoerm.json").path)
    let isEmpty = (try? files.contentsOfDirectory(atPath: url.path))?.isEmpty ?? false
    guard isBundle || isEmpty else {
      throw ValidationError("--output \(path) exists and is no bundle; it would be replaced")
    }
    return url
  }

  /// The run folder beside it: my.dmoerm -> my.run.
  static func runFolder(for bundle: URL) -> URL {
    bundle.deletingPathExtension().appendingPathExtension("run")
  }
}
