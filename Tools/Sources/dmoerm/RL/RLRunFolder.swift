import DMoERL
import Foundation

/// The folder of a run: the adapter, and a line of metrics a step.
struct RLRunFolder {
  let url: URL

  /// Makes the folder, without what an earlier run left there.
  init(_ url: URL) throws {
    self.url = url
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try Data().write(to: metrics)
  }

  var metrics: URL { url.appendingPathComponent("metrics.jsonl") }
  var adapter: URL { url.appendingPathComponent("adapter", isDirectory: true) }

  /// Whether a folder is one of a run before.
  static func isOne(_ url: URL) -> Bool {
    FileManager.default.fileExists(atPath: url.appendingPathComponent("metrics.jsonl").path)
  }

  /// Adds a step's line at once, so that a run that is broken off leaves what it has.
  func append(_ step: StepMetrics) throws {
    let handle = try FileHandle(forWritingTo: metrics)
    defer { try? handle.close() }
    try handle.seekToEnd()
    try handle.write(contentsOf: Data((JSONOutput.line(step) + "\n").utf8))
  }
}
