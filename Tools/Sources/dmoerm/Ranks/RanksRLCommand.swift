import ArgumentParser
@_spi(Command) import DMoERM

/// `dmoerm-mpi rl`: the micro-batches of a step are shared out among the ranks.
struct RanksRLCommand: RanksWork {
  static let configuration = CommandConfiguration(
    commandName: "rl", abstract: "Train a language model by a reward model, on all ranks.",
    discussion: """
      As `dmoerm rl` with the same --micro-batch, which says how many prompts are sampled, judged and learned from alone: ranks \
      share out these micro-batches, and the adapter is the same, byte for byte, on any number of them. The same command goes on \
      where a killed one stopped, on any number of ranks.

      Example:
        mpirun -n 4 --bind-to none dmoerm-mpi rl --prompts prompts.jsonl \\
          --reward my.dmoerm --micro-batch 1 --output tuned

      \(ExitStatus.help)
      """)

  @OptionGroup var command: RLCommand

  func run(over ranks: any Communicator) async throws {
    var command = command
    if !command.printConfig {
      command.backbone.arguments.threads = try RankThreads.share(command.backbone.arguments.threads, over: ranks)
    }
    try await command.train(over: ranks)
  }
}
