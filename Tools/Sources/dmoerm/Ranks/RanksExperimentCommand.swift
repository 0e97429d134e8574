import ArgumentParser
@_spi(Command) import DMoERM

/// `dmoerm-mpi experiment`: the members of an experiment are shared out among the ranks.
struct RanksExperimentCommand: RanksWork {
  static let configuration = CommandConfiguration(
    commandName: "experiment",
    abstract: "Train several kinds of reward model on the same pairs, members at the same time.",
    discussion: """
      As `dmoerm experiment --jobs 1`: each rank trains a member and has it score all sets, those members first that take longest. \
      The experiment's folder is the first rank's; the same command goes on where a stopped one was, on any number of ranks, and \
      so does `dmoerm experiment`.

      Example:
        mpirun -n 4 --bind-to none dmoerm-mpi experiment experiment.json \\
          --output results

      \(ExitStatus.help)
      """)

  @OptionGroup var command: ExperimentCommand

  func run(over ranks: any Communicator) async throws {
    var command = command
    if !command.printConfig {
      command.backbone.arguments.threads = try RankThreads.share(command.backbone.arguments.threads, over: ranks)
    }
    try await command.run(over: ranks)
  }
}
