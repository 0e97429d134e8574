import DMoERM
import Foundation

/// A training run with its display, and with Ctrl-C.
struct TrainingSession {
  let configuration: TrainingConfiguration
  let runFolder: URL
  let json: Bool

  func run(_ model: inout RewardModel, samples: [RankedResponses], prompts: [CategorizedPrompt] = []) throws {
    let again = ShellWord.command(["dmoerm"] + CommandLine.arguments.dropFirst())
    let interrupt = Interrupt([
      "dmoerm: stopped; what is done is kept in \(runFolder.relativePath).", "  The same command goes on from there: \(again)",
    ])
    defer { interrupt.end() }
    var reporter = TrainingReporter(json: json)
    try TrainingPipeline(configuration: configuration, runFolder: runFolder)
      .run(&model, samples: samples, prompts: prompts) { reporter.handle($0) }
    reporter.console.clear()
  }
}
