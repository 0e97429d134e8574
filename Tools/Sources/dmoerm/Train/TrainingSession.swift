@_spi(Command) import DMoERM
import Foundation

/// A training run with its display, and with Ctrl-C.
struct TrainingSession {
  let configuration: TrainingConfiguration
  let runFolder: URL
  let json: Bool
  /// Whether a run of other settings in the folder makes room for this one.
  var replaces = false
  /// The ranks that train together; nil is this process alone.
  var ranks: (any Communicator)?

  func run(_ model: inout RewardModel, samples: [RankedResponses], prompts: [CategorizedPrompt] = []) throws {
    let again = ShellWord.command([Invocation.program] + CommandLine.arguments.dropFirst())
    let interrupt = Interrupt(wait: "dmoerm: stopping after this step; once more stops at once.")
    defer { interrupt.end() }
    var reporter = TrainingReporter(
      phases: TrainingPipeline.phases(of: model, configuration), json: json)
    func tell(_ event: TrainingEvent) throws {
      reporter.handle(event)
      try interrupt.check(
        "stopped; what is done is kept in \(runFolder.relativePath)",
        hint: "The same command goes on from there: \(again)")
    }
    func train() throws {
      let pipeline = TrainingPipeline(configuration: configuration, runFolder: runFolder)
      if let ranks {
        try pipeline.run(&model, samples: samples, prompts: prompts, over: ranks, onEvent: tell)
      } else {
        try pipeline.run(&model, samples: samples, prompts: prompts, onEvent: tell)
      }
    }
    do { try train() } catch  where replaces && !(error is CommunicatorError) {
      guard try makesRoom(after: error) else { throw error }
      try train()
    }
    reporter.console.clear()
  }

  /// Clears the folder of another run; the first rank does, and tells the others whether it did.
  ///
  /// - Parameter error: What was thrown, before anything of the model has changed if there is another run.
  private func makesRoom(after error: any Error) throws -> Bool {
    var isForeign = false
    if case TrainError.foreignRun(let path, let reason) = error {
      Console.error.print("\(path) is begun anew: \(reason)")
      try BundleTarget.clearRun(runFolder)
      isForeign = true
    }
    guard let ranks else { return isForeign }
    return try !ranks.broadcast(Data(isForeign ? [1] : []), from: 0).isEmpty
  }
}
