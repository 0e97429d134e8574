import ArgumentParser
import Foundation

/// What all commands that compute need to know.
struct BackboneOptions: ParsableArguments {
  @Option(
    name: .customLong("backbone"), help: "A GGUF file or a Hugging Face folder; default: what fetch-backbone fetched.")
  var path: String?
  @Option(
    name: .customLong("file"),
    help: """
      The backbone in another format, such as model.Q8_0.gguf, for the engine that keeps it as stored; may be repeated.
      """)
  var filePaths: [String] = []
  @Option(help: "How many threads to use; every core if not given.") var threads: Int?

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1") }
  }

  var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

  /// The backbone in other formats.
  var files: [URL] { filePaths.map { URL(fileURLWithPath: $0) } }

  /// What was asked for, or where `Scripts/fetch-backbone` puts it.
  var url: URL? {
    let environment = ProcessInfo.processInfo.environment
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    if let path = path ?? value("DMOERM_BACKBONE") { return URL(fileURLWithPath: path) }
    let home = FileManager.default.homeDirectoryForCurrentUser.path
    let cache = value("DMOERM_CACHE") ?? (value("XDG_CACHE_HOME") ?? home + "/.cache") + "/dmoerm"
    let url = URL(fileURLWithPath: cache).appendingPathComponent("SmolLM2-135M-Instruct.Q4_1.gguf")
    return FileManager.default.fileExists(atPath: url.path) ? url : nil
  }
}

func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
