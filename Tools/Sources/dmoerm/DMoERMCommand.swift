import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

struct DMoERMCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dmoerm",
    abstract: "Train and use double-layer mixture-of-experts reward models.",
    discussion: """
      Examples:
        dmoerm demo
        dmoerm label --samples preferences.jsonl --out labels.jsonl \\
          --base-url URL --model NAME --dry-run
        dmoerm train --samples preferences.jsonl --output my.dmoerm
        zcat preferences.jsonl.gz | dmoerm train --samples - --output my.dmoerm
        dmoerm score --model my.dmoerm --prompt "Why is the sky blue?" \\
          --response "..." --response "..."
        dmoerm generate --prompt "Why is the sky blue?"
        dmoerm serve my.dmoerm --port 8000
        dmoerm eval --model my.dmoerm --samples held-out.jsonl
        dmoerm experiment experiment.json --output results
        dmoerm inspect data preferences.jsonl

      Data files are JSON Lines; - reads standard input. --json makes the output machine-readable.
      \(ExitStatus.help)
      """,
    version: version,
    subcommands: subcommands)

  static let version = "0.2.0"
  private static let subcommands: [any ParsableCommand.Type] = [
    DemoCommand.self, ClusterCommand.self, LabelCommand.self, TrainCommand.self, ScoreCommand.self,
    GenerateCommand.self, RLCommand.self,
    ServeCommand.self, EvalCommand.self, ExperimentCommand.self, BenchmarkCommand.self, EnsembleCommand.self,
    ImportCommand.self, ExportCommand.self,
    InspectCommand.self, AdapterCommand.self,
  ]

  static func main() async {
    do {
      try checkText()
      try checkName(CommandLine.arguments.dropFirst().first)
      try RepeatedOptions.check(Array(CommandLine.arguments.dropFirst())) { _dumpHelp() }
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      Console.output.close()
    } catch {
      end(with: error)
    }
  }

  /// Whether all words are text: what is not would be repaired without a word, and then scored.
  static func checkText(
    of words: UnsafeBufferPointer<UnsafeMutablePointer<CChar>?> = UnsafeBufferPointer(
      start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
  ) throws {
    for (place, word) in words.enumerated().dropFirst() {
      guard let word, String(validatingCString: word) == nil else { continue }
      throw Failure("argument \(place) is not UTF-8", status: .usage)
    }
  }

  /// Whether the first word is a command; what the argument parser says of one that is none names no other.
  static func checkName(_ word: String?) throws {
    let names = subcommands.map { $0._commandName } + ["help"]
    guard let word, !word.hasPrefix("-"), !names.contains(word) else { return }
    throw Failure(
      "there is no command \(word.onOneLine.truncated(to: 64, ellipsis: "..."))",
      hint: "There are \(names.joined(separator: ", ")); `dmoerm --help` says what they do.", status: .usage)
  }

  /// Says what went wrong, in the form of all errors here, and exits.
  private static func end(with error: any Error) -> Never {
    let status = Ending.status(of: error, of: self)
    if status == 0 { Console.output.close() }
    Foundation.exit(status)
  }
}
