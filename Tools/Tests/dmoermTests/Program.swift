import Foundation

/// Runs the built command as a user does.
struct Program {
  var status: Int32
  /// Whether a signal ended it, which `status` then is.
  var isKilled: Bool
  var output: String
  var error: String

  /// The command lies beside the tests.
  static var url: URL {
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("dmoerm")
  }

  /// The library's tiny backbone.
  static var backbone: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Tests/DMoEModelTests/Fixtures/models/llama/llama.f32.gguf")
      .path
  }

  /// - Parameters:
  ///   - input: Standard input; closed at once if empty.
  ///   - program: The command, or what runs it.
  init(
    _ arguments: [String], input: Data = Data(), folder: URL, program: URL = url, environment: [String: String] = [:]
  ) throws {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": folder.path].merging(environment) { $1 }
    // Files, not pipes: nothing can fill up.
    let names = ["in", "out", "err"].map { folder.appendingPathComponent(".\(UUID().uuidString).\($0)") }
    defer { for name in names { try? FileManager.default.removeItem(at: name) } }
    try input.write(to: names[0])
    for name in names[1...] { try Data().write(to: name) }
    process.standardInput = try FileHandle(forReadingFrom: names[0])
    process.standardOutput = try FileHandle(forWritingTo: names[1])
    process.standardError = try FileHandle(forWritingTo: names[2])
    try process.run()
    process.waitUntilExit()
    status = process.terminationStatus
    isKilled = process.terminationReason == .uncaughtSignal
    output = String(decoding: try Data(contentsOf: names[1]), as: UTF8.self)
    error = String(decoding: try Data(contentsOf: names[2]), as: UTF8.self)
  }
}

/// A folder that is gone afterwards.
final class Scratch {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "dmoerm-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func write(_ text: String, to name: String) throws {
    let file = url.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  func run(_ arguments: String..., input: String = "") throws -> Program {
    try Program(arguments, input: Data(input.utf8), folder: url)
  }
}
