import ArgumentParser
@_spi(Command) import DMoERM

/// `dmoerm-mpi train`: the phases of a run are shared out among the ranks.
struct RanksTrainCommand: RanksWork {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a reward model on preferences, phases at the same time.",
    discussion: """
      As `dmoerm train`. Phases that do not need each other, such as the bases of all categories and the experts over a base, \
      train at the same time, each on one rank. The same command goes on where a killed one stopped, on any number of ranks.

      Without --threads, ranks of one machine share the cores that they may run on, and all take as many as the one with the fewest.

      Examples:
        mpirun -n 4 --bind-to none dmoerm-mpi train \\
          --samples preferences.jsonl --output my.dmoerm
        mpirun -n 8 --hostfile hosts --bind-to none dmoerm-mpi train \\
          --samples preferences.jsonl --threads 4 --output my.dmoerm

      \(ExitStatus.help)
      """)

  @OptionGroup var command: TrainCommand

  func run(over ranks: any Communicator) throws {
    var command = command
    if !command.printConfig {
      command.backbone.arguments.threads = try RankThreads.share(command.backbone.arguments.threads, over: ranks)
    }
    try command.train(over: ranks)
  }
}
