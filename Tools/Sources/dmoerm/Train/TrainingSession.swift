@_spi(Command) import DMoERM
import Foundation

/// A training run with its display, and with Ctrl-C.
struct TrainingSession {
  let configuration: TrainingConfiguration
  let runFolder: URL
  let json: Bool
  /// Whether a run of other settings in the folder makes room for this one.
  var replaces = false
  /// The file that trunk outputs are kept in as well, and the bytes it may take.
  var trunkFile: (url: URL, bytes: Int)?
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
      var pipeline = TrainingPipeline(configuration: configuration, runFolder: runFolder)
      if let trunkFile { (pipeline.trunkFile, pipeline.trunkFileBytes) = (trunkFile.url, trunkFile.bytes) }
      if let ranks {
        try pipeline.run(&model, samples: samples, prompts: prompts, over: ranks, onEvent: tell)
      } else {
        try pipeline.run(&model, samples: samples, prompts: prompts, onEvent: tell)
      }
    }
    // All ranks know of another run, before anything of the model has changed.
    do { try train() } catch TrainError.foreignRun(let path, let reason) where replaces {
      try RankAgreement.outcome(over: ranks) {
        guard ranks.isFirst else { return }
        Console.error.print("\(path) is begun anew: \(reason)")
        try BundleTarget.clearRun(runFolder)
      }
      try train()
    }
    reporter.console.clear()
  }
}
