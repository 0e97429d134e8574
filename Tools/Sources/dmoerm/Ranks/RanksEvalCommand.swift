import ArgumentParser
@_spi(Command) import DMoERM

/// `dmoerm-mpi eval`: the texts of an evaluation are shared out among the ranks.
struct RanksEvalCommand: RanksWork {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measure how well a model orders preferences it has not seen, on all ranks.",
    discussion: """
      As `dmoerm eval`, with the same figures. Every rank reads the samples and scores its share of the texts; the first prints and \
      writes.

      Example:
        mpirun -n 4 --bind-to none dmoerm-mpi eval --model my.dmoerm \\
          --samples held-out.jsonl --html report.html

      \(ExitStatus.help)
      """)

  @OptionGroup var command: EvalCommand

  func run(over ranks: any Communicator) throws {
    var command = command
    guard command.rewards.rewards == nil else {
      // Nothing is scored, and so nothing shared out.
      if ranks.isFirst { try command.evaluate(over: nil) }
      return
    }
    try RanksScoreCommand.agree(on: command.samples + command.prompts, command.model, over: ranks)
    command.model.compute.threads = try RankThreads.share(command.model.compute.threads, over: ranks)
    try command.evaluate(over: ranks)
  }
}
