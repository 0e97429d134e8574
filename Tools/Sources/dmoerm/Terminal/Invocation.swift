import Foundation

/// How this process was started.
enum Invocation {
  /// The program as it can be typed again: a path from the current folder where it lies below, or the bare name.
  static var program: String {
    program(CommandLine.arguments.first ?? "dmoerm", folder: FileManager.default.currentDirectoryPath)
  }

  static func program(_ path: String, folder: String) -> String {
    guard path.hasPrefix("/") else { return path }
    return path.hasPrefix(folder + "/") ? "." + path.dropFirst(folder.count) : path
  }
}
