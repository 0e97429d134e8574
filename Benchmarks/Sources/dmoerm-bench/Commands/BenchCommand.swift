import ArgumentParser

@main
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dmoerm-bench",
    abstract: "Time the library beside the bare products and other software.",
    discussion: """
      Every item is run in turns by all engines of this build and by the peers, which wait in processes of their own; a
      figure is a median. Benchmarks/Peers/README.md says what the peers do.
      """,
    subcommands: [RunCommand.self, ShowCommand.self, JobCommand.self], defaultSubcommand: RunCommand.self)
}
