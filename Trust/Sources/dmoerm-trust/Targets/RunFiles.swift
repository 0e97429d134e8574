import Foundation

@testable import DMoECore
@testable import DMoEData
@testable import DMoEFoundation
@testable import DMoEModel
@testable import DMoETrain

extension FuzzTarget {
  /// What runs keep.
  static let runFiles: [FuzzTarget] = [run, checkpoint, settings]

  /// `run.json` of a folder that another run is begun in: refused, or replaced where it has kept nothing.
  private static let run = FuzzTarget("run", mutator: JSONMutator.mutate) { bytes in
    let folder = Scratch.folder("run")
    _ = Scratch.file("run/run.json", bytes)
    let found = try? JSONDecoder().decode(RunIdentity.self, from: bytes)
    var own = found ?? identity
    do { _ = try RunFolder(folder, identity: own) } catch let error as TrainError {
      try require(found == nil, "the run's own folder is refused: \(error)")
      return
    }
    own.data += "x"
    _ = own.difference(from: identity)
    _ = identity.difference(from: own)
  }

  private static let identity: RunIdentity = {
    let text =
      #"{"configuration":"{\"seed\":1}","model":"{}","backbone":"b","data":"d","start":"s","precision":"single"}"#
    do { return try JSONDecoder().decode(RunIdentity.self, from: Data(text.utf8)) } catch { fatalError("\(error)") }
  }()

  private static let checkpoint = FuzzTarget("checkpoint", mutator: SafetensorsMutator.mutate) { bytes in
    let file = CheckpointFile(url: Scratch.file("checkpoint.safetensors", bytes), owner: "router")
    guard let state = try file.read() else { return }
    let other = CheckpointFile(url: Scratch.folder.appendingPathComponent("again.safetensors"), owner: "router")
    let again = try must("the state cannot be written and read") {
      try other.write(state)
      return try other.read()
    }
    try require(again?.step == state.step && again?.progress.bestStep == state.progress.bestStep, "another step")
    try require(
      again?.parameters.keys.sorted() == state.parameters.keys.sorted(), "other parameters when they are read again")
  }

  /// A file of training settings over those that hold otherwise.
  private static let settings = FuzzTarget("settings", mutator: JSONMutator.mutate) { bytes in
    let json = try SettingsJSON(bytes)
    if let model = try? json.applied(to: RewardModel.Configuration(taxonomy: .paper)) {
      let shown = try must("model settings cannot be shown") { try SettingsJSON(showing: model) }
      let again = try must("shown settings cannot be read") {
        try shown.applied(to: RewardModel.Configuration(taxonomy: .single))
      }
      try require(again == model, "other model settings when they are read again")
    }
    let training = try json.applied(to: TrainingConfiguration())
    let shown = try must("settings cannot be shown") { try SettingsJSON(showing: training) }
    let again = try must("shown settings cannot be read") { try shown.applied(to: TrainingConfiguration()) }
    try require(again == training, "other settings when they are read again")
  }
}
