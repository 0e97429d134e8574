import Foundation

/// A file or folder that a command reads, looked at before anything that takes long.
struct InputFile {
  let path: String
  private let name: String

  /// - Parameter option: How the command line names it, such as "--config"; empty for an argument.
  init(_ path: String, option: String = "") {
    self.path = path
    name = option.isEmpty ? path : "\(option) \(path)"
  }

  /// - Throws: `Failure` for what is no file that can be read.
  func check() throws {
    guard try !isFolder() else { throw Failure("\(name) is a folder, not a file", status: .badInput) }
  }

  /// - Throws: `Failure` for what is no folder that can be read.
  func checkFolder() throws {
    guard try isFolder() else { throw Failure("\(name) is a file, not a folder", status: .badInput) }
  }

  /// - Throws: `Failure` for what is not there, be it a file or a folder.
  func checkPath() throws { _ = try isFolder() }

  private func isFolder() throws -> Bool {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw Failure("\(name): there is no such file or folder", status: .badInput)
    }
    // Not opened: a pipe would lose its writer.
    guard access(path, R_OK) == 0 else {
      throw Failure("\(name) cannot be opened: \(String(cString: strerror(errno)))", status: .badInput)
    }
    return isFolder.boolValue
  }

  /// Everything in the file.
  ///
  /// - Throws: `Failure`.
  func content() throws -> Data {
    try check()
    guard let content = FileManager.default.contents(atPath: path) else {
      throw Failure("\(name) cannot be read", status: .badInput)
    }
    return content
  }
}
