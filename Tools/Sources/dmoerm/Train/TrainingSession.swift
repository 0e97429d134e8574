@_spi(Command) import DMoERM
import Foundation

/// A training run with its display, and with Ctrl-C.
struct TrainingSession {
  let configuration: TrainingConfiguration
  let runFolder: URL
  let json: Bool
  /// Whether a run of other settings in the folder makes room for this one.
  var replaces = false

  func run(_ model: inout RewardModel, samples: [RankedResponses], prompts: [CategorizedPrompt] = []) throws {
    let again = ShellWord.command([Invocation.program] + CommandLine.arguments.dropFirst())
    let interrupt = Interrupt(wait: "dmoerm: stopping after this step; once more stops at once.")
    defer { interrupt.end() }
    var reporter = TrainingReporter(
      phases: TrainingPipeline.phases(of: model, configuration), json: json)
    func train() throws {
      try TrainingPipeline(configuration: configuration, runFolder: runFolder)
        .run(&model, samples: samples, prompts: prompts) { event in
          reporter.handle(event)
          try interrupt.check(
            "stopped; what is done is kept in \(runFolder.relativePath)",
            hint: "The same command goes on from there: \(again)")
        }
    }
    do { try train() } catch TrainError.foreignRun(let path, let reason) where replaces {
      // Thrown before anything of the model has changed.
      Console.error.print("\(path) is begun anew: \(reason)")
      try BundleTarget.clearRun(runFolder)
      try train()
    }
    reporter.console.clear()
  }
}
