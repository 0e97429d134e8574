import DMoECore
import Foundation

/// Everything a phase needs to go on after a kill as if nothing had happened.
struct TrainingState {
  /// The part that is no tensor.
  struct Progress: Codable, Equatable {
    var bestStep = 0
    var validationsSinceBest = 0
    var tokens = 0
    var first: ValidationMetrics?
    var best: ValidationMetrics?
    /// How long `metrics.jsonl` was; what came after is written again.
    var metricsBytes = 0
  }

  /// Steps taken.
  var step = 0
  var parameters: [String: Matrix] = [:]
  var first: [String: Matrix] = [:]
  var second: [String: Matrix] = [:]
  var best: [String: Matrix]?
  var progress = Progress()
}

/// The checkpoint of a phase under way: one safetensors file, replaced as a whole.
struct CheckpointFile {
  let url: URL
  /// Whose state it is; one of another phase was left by a kill after that phase's end.
  let phase: TrainingPhase
  /// The length of the metrics file, asked for when a checkpoint is written.
  var metricsBytes: () throws -> Int = { 0 }

  /// `nil` if there is none.
  ///
  /// - Throws: `CoreError` or `TrainError.unusableRun` for one that is broken.
  func read() throws -> TrainingState? {
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    let file = try SafetensorsFile(contentsOf: url)
    guard file.metadata["phase"] == phase.description else { return nil }
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

  func write(_ state: TrainingState) throws {
    var progress = state.progress
    progress.metricsBytes = try metricsBytes()
    let groups =
      [("parameter", state.parameters), ("first", state.first), ("second", state.second)]
      + (state.best.map { [("best", $0)] } ?? [])
    let tensors = groups.flatMap { kind, values in
      values.map { (name: kind + "/" + $0.key, shape: [$0.value.rows, $0.value.columns], values: $0.value) }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    try SafetensorsWriter.write(
      tensors,
      metadata: [
        "phase": phase.description, "step": "\(state.step)",
        "progress": String(decoding: try encoder.encode(progress), as: UTF8.self),
      ],
      to: url)
  }
}
