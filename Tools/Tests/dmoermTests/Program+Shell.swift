import Foundation

extension Scratch {
  /// Runs a script of /bin/sh in the folder; `$DMOERM` is the command and `$BACKBONE` the library's tiny backbone.
  func shell(_ script: String) throws -> Program {
    try Program(
      ["-c", script], folder: url, program: URL(fileURLWithPath: "/bin/sh"),
      environment: ["DMOERM": Program.url.path, "BACKBONE": Program.backbone])
  }

  func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: url.appendingPathComponent(name).path)
  }

  func text(of name: String) throws -> String {
    try String(contentsOf: url.appendingPathComponent(name), encoding: .utf8)
  }
}
