import ArgumentParser
import Foundation

/// Places that a command writes to, looked at before anything that takes long.
enum OutputPlace {
  /// Where a file can be written; a pipe or a terminal is written into.
  ///
  /// - Parameters:
  ///   - option: How the command line names it, such as "--html".
  ///   - replaces: Whether a file that is there may be replaced: it is this run's own, or --replace says so.
  /// - Throws: `ValidationError` for a folder or a file that is not to be replaced, `Failure` if its folder is missing or
  ///   closed.
  static func file(_ path: String, _ option: String, replaces: Bool) throws -> URL {
    guard !path.isEmpty else { throw ValidationError("\(option) is empty: it names the file to write") }
    let url = URL(fileURLWithPath: path)
    switch kind(url) {
    case .folder: throw ValidationError("\(option) \(path) is a folder")
    case .special: return url
    case .file:
      guard replaces else { throw existing("\(option) \(path)") }
    case .nothing: break
    }
    let folder = url.resolvingSymlinksInPath().deletingLastPathComponent()
    guard kind(folder) == .folder else { throw Failure("\(option) \(path): \(folder.path) is not there") }
    try checkWritable(folder, "\(option) \(path)")
    return url
  }

  /// Where a folder can be made or, if `replaces`, filled; missing folders above are made with it.
  ///
  /// - Parameters:
  ///   - what: What the folder would be, such as "bundle".
  ///   - isOwn: Whether a folder with something in it is one of that kind.
  static func folder(
    _ path: String, _ option: String, what: String, replaces: Bool, isOwn: (URL) -> Bool
  ) throws -> URL {
    guard !path.isEmpty, path != "-" else { throw ValidationError("\(option) names the folder to write") }
    let url = URL(fileURLWithPath: path, isDirectory: true)
    switch kind(url) {
    case .file, .special: throw ValidationError("\(option) \(path) is a file, not a folder")
    case .folder where !isEmpty(url):
      guard isOwn(url) else { throw ValidationError("\(option) \(path) exists and is no \(what); it is not replaced") }
      guard replaces else { throw existing("\(option) \(path)") }
    default: break
    }
    var above = url.standardizedFileURL
    while kind(above) == .nothing, above.path != "/" { above.deleteLastPathComponent() }
    guard kind(above) == .folder else {
      throw ValidationError("\(option) \(path): \(above.path) is a file, not a folder")
    }
    try checkWritable(above, "\(option) \(path)")
    return url
  }

  private enum Kind { case nothing, file, folder, special }

  private static func kind(_ url: URL) -> Kind {
    var status = stat()
    guard stat(url.path, &status) == 0 else { return .nothing }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    default: return .special
    }
  }

  static func isEmpty(_ folder: URL) -> Bool { content(of: folder)?.isEmpty ?? false }

  /// The names of what is in a folder; nil if it cannot be read.
  ///
  /// Hidden files of processes that were killed while they wrote, `.NAME.PROCESS.NUMBER`, are nothing: the next to write there
  /// removes them.
  static func content(of folder: URL) -> [String]? {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.filter { name in
      let numbers = name.split(separator: ".").suffix(2)
      let isLeftover = name.hasPrefix(".") && name.split(separator: ".").count > 2
      return !(isLeftover && numbers.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
    }
  }

  private static func existing(_ name: String) -> ValidationError {
    ValidationError("\(name) exists; --replace replaces it")
  }

  private static func checkWritable(_ folder: URL, _ name: String) throws {
    guard access(folder.path, W_OK | X_OK) == 0 else {
      throw Failure("\(name): \(folder.path) cannot be written into: \(String(cString: strerror(errno)))")
    }
  }
}
