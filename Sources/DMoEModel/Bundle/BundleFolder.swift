import DMoECore
import Foundation

/// Writes a folder as a whole, a bundle or another model's: readers see the old one or the new one.
enum BundleFolder {
  /// Fills a new folder beside `url` and puts it in its place.
  ///
  /// A kill before the end leaves the old folder as it was, and at most a hidden folder beside it that the next
  /// call removes. A kill between the two renames leaves the old one under the hidden name `.NAME.previous`, which the
  /// next call, or `recover`, puts back.
  ///
  /// - Throws: `ModelError.malformedBundle` if something is there that is no bundle: it is not ours to delete.
  ///   `CoreError.unwritableFile`; what `fill` throws.
  static func replace(_ url: URL, with fill: (URL) throws -> Void) throws {
    let files = FileManager.default
    let parent = url.standardizedFileURL.deletingLastPathComponent()
    let name = url.standardizedFileURL.lastPathComponent
    let fresh = parent.appendingPathComponent(".\(name).new")
    let previous = previousFolder(of: url)
    do {
      try files.createDirectory(at: parent, withIntermediateDirectories: true)
      recover(url)
      try checkReplaceable(url)
      if files.fileExists(atPath: fresh.path) { try files.removeItem(at: fresh) }
      try files.createDirectory(at: fresh, withIntermediateDirectories: false)
    } catch let error as ModelError {
      throw error
    } catch {
      throw CoreError.unwritableFile(path: url.path, reason: "the folder beside it cannot be written")
    }
    do {
      try fill(fresh)
    } catch {
      try? files.removeItem(at: fresh)
      throw error
    }
    do {
      if files.fileExists(atPath: url.path) { try files.moveItem(at: url, to: previous) }
      try files.moveItem(at: fresh, to: url)
      if files.fileExists(atPath: previous.path) { try files.removeItem(at: previous) }
    } catch {
      throw CoreError.unwritableFile(path: url.path, reason: "the folder cannot be put in its place")
    }
  }

  /// - Throws: `ModelError.malformedBundle` if there is a file, or a folder that holds something and is no bundle.
  static func checkReplaceable(_ url: URL) throws(ModelError) {
    let files = FileManager.default
    guard files.fileExists(atPath: url.path), !isBundle(url) else { return }
    if let content = try? files.contentsOfDirectory(atPath: url.path), content.isEmpty { return }
    throw .malformedBundle(path: url.path, reason: "it exists and is no bundle, so it is not replaced")
  }

  private static func isBundle(_ url: URL) -> Bool {
    FileManager.default.fileExists(atPath: url.appendingPathComponent(BundleManifest.fileName).path)
  }

  /// Puts back a folder that a kill left under its hidden name.
  static func recover(_ url: URL) {
    let files = FileManager.default
    let previous = previousFolder(of: url)
    guard isBundle(previous) else { return }
    if files.fileExists(atPath: url.path) {
      try? files.removeItem(at: previous)
    } else {
      try? files.moveItem(at: previous, to: url)
    }
  }

  private static func previousFolder(of url: URL) -> URL {
    let whole = url.standardizedFileURL
    return whole.deletingLastPathComponent().appendingPathComponent(".\(whole.lastPathComponent).previous")
  }

  /// Every regular file below, relative to the folder.
  static func files(in folder: URL) -> Set<String> {
    let root = folder.standardizedFileURL.resolvingSymlinksInPath().path + "/"
    guard
      let walk = FileManager.default.enumerator(
        at: URL(fileURLWithPath: root), includingPropertiesForKeys: [.isDirectoryKey])
    else { return [] }
    var result: Set<String> = []
    for case let url as URL in walk {
      let isFolder = (try? url.resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory ?? false
      guard !isFolder else { continue }
      let path = url.standardizedFileURL.path
      result.insert(path.hasPrefix(root) ? String(path.dropFirst(root.count)) : path)
    }
    return result
  }
}
