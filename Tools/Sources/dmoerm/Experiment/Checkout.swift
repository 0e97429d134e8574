import Foundation

/// The commit of the checkout that a program was built in.
struct Checkout: Equatable {
  let commit: String
  /// Whether files differ from the commit.
  let isChanged: Bool

  var text: String { "commit \(commit)" + (isChanged ? " with changes" : "") }

  /// That of the folder where this program lies; nil outside of a checkout, or where there is no git.
  static var ofProgram: Checkout? {
    guard let program = Bundle.main.executableURL?.resolvingSymlinksInPath() else { return nil }
    return Checkout(folder: program.deletingLastPathComponent())
  }

  /// nil for a folder outside of a checkout, or where there is no git.
  init?(folder: URL) {
    guard let commit = Self.git(["rev-parse", "--short=10", "HEAD"], folder), !commit.isEmpty,
      let changes = Self.git(["status", "--porcelain", "--untracked-files=no"], folder)
    else { return nil }
    self.commit = commit
    isChanged = !changes.isEmpty
  }

  /// What git says; nil if it fails.
  private static func git(_ arguments: [String], _ folder: URL) -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["git", "-C", folder.path] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    do { try process.run() } catch { return nil }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
