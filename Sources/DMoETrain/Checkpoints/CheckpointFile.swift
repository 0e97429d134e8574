import DMoECore
package import Foundation

/// A file that keeps the state of one task under way: one safetensors file, replaced as a whole.
package struct CheckpointFile {
  /// Where it is.
  package let url: URL
  /// The task whose state it is; one of another task was left by a kill after that task's end.
  package let owner: String
  /// The length of the metrics file, asked for when a checkpoint is written.
  private let metricsBytes: () throws -> Int
  private let onWrite: (URL) throws -> Void

  /// The checkpoint of a task at `url`, whether there is one or not.
  ///
  /// - Parameters:
  ///   - url: Where it is.
  ///   - owner: The task whose state it is.
  ///   - metricsBytes: Gives the length of the metrics file when a checkpoint is written.
  ///   - onWrite: Called with the file after a checkpoint was written.
  package init(
    url: URL, owner: String, metricsBytes: @escaping () throws -> Int = { 0 },
    onWrite: @escaping (URL) throws -> Void = { _ in }
  ) {
    self.url = url
    self.owner = owner
    self.metricsBytes = metricsBytes
    self.onWrite = onWrite
  }

  /// The state that was kept; `nil` if there is none.
  ///
  /// - Throws: `CoreError` or `TrainError.unusableRun` for one that is broken.
  package func read() throws -> TrainingState? {
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let file = try SafetensorsFile(contentsOf: url)
    guard file.metadata["phase"] == owner else { return nil }
    var state = TrainingState()
    guard let step = file.metadata["step"].flatMap({ Int($0) }),
      let text = file.metadata["progress"],
      let progress = try? JSONDecoder().decode(TrainingState.Progress.self, from: Data(text.utf8))
    else { throw TrainError.unusableRun(path: url.path, reason: "the checkpoint lacks its step or progress") }
    state.step = step
    state.progress = progress
    for name in file.names {
      guard let slash = name.firstIndex(of: "/") else { continue }
      let path = String(name[name.index(after: slash)...])
      let value = try file.tensor(named: name).matrix()
      switch name[..<slash] {
      case "parameter": state.parameters[path] = value
      case "first": state.first[path] = value
      case "second": state.second[path] = value
      case "best": state.best = (state.best ?? [:]).merging([path: value]) { $1 }
      default: throw TrainError.unusableRun(path: url.path, reason: "the checkpoint has a tensor \(name)")
      }
    }
    return state
  }

  /// Replaces what was kept.
  ///
  /// - Throws: `CoreError.unwritableFile`.
  package func write(_ state: TrainingState) throws {
    var progress = state.progress
    progress.metricsBytes = try metricsBytes()
    let groups =
      [("parameter", state.parameters), ("first", state.first), ("second", state.second)]
      + (state.best.map { [("best", $0)] } ?? [])
    let tensors = groups.flatMap { kind, values in
      values.map { (name: kind + "/" + $0.key, shape: [$0.value.rows, $0.value.columns], values: $0.value) }
    }
    try SafetensorsWriter.write(
      tensors,
      metadata: [
        "phase": owner, "step": "\(state.step)",
        "progress": String(decoding: try JSONEncoder.canonical.encode(progress), as: UTF8.self),
      ],
      to: url)
    try onWrite(url)
  }
}
