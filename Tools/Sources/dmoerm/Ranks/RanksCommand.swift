import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// The command `dmoerm-mpi`: what of `dmoerm` runs on several ranks.
struct RanksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dmoerm-mpi",
    abstract: "Train and use reward models on several processes, on one machine or many.",
    discussion: """
      Options are those of `dmoerm`'s commands, and so are results, byte for byte, on any number of ranks. Every rank reads data \
      and backbone from the paths given; the run folder and what is written are the first rank's.

      Examples:
        mpirun -n 4 --bind-to none dmoerm-mpi train \\
          --samples preferences.jsonl --output my.dmoerm
        mpirun -n 4 --bind-to none dmoerm-mpi score --model my.dmoerm \\
          --input rows.jsonl > rewards.jsonl

      \(ExitStatus.help)
      """,
    version: DMoERMCommand.version,
    subcommands: [
      RanksTrainCommand.self, RanksScoreCommand.self, RanksEvalCommand.self, RanksExperimentCommand.self,
      RanksRLCommand.self, RanksPlanCommand.self,
    ])

  /// Runs the command of this process's arguments.
  static func run(over ranks: any Communicator, _ arguments: [String]? = nil) async -> Int32 {
    if !ranks.isFirst { Console.silence() }
    do {
      try RankAgreement.check(version: DMoERMCommand.version, over: ranks)
      let command = try RankAgreement.outcome(over: ranks) {
        try DMoERMCommand.checkText()
        try RepeatedOptions.check(arguments ?? Array(CommandLine.arguments.dropFirst())) { _dumpHelp() }
        return try parseAsRoot(arguments)
      }
      guard let work = command as? any RanksWork else { throw CleanExit.helpRequest(self) }
      try await work.run(over: ranks)
      Console.output.close()
      // What MPI opens as it ends is not to take the place of a stream.
      StandardStreams.prepare()
      return ExitStatus.success.rawValue
    } catch { return Ending.status(of: error, of: self) }
  }
}

/// A command that several ranks run together.
protocol RanksWork: ParsableCommand {
  /// Runs as one of them.
  func run(over ranks: any Communicator) async throws
}

extension Communicator {
  /// Whether this is the rank that speaks and writes.
  var isFirst: Bool { rank == 0 }
}

extension Optional where Wrapped == any Communicator {
  /// The same; a process alone is its own first.
  var isFirst: Bool { map { $0.rank == 0 } ?? true }
}
