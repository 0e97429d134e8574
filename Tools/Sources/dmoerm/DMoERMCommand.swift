import ArgumentParser

@main
struct DMoERMCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dmoerm",
    abstract: "Train and use double-layer mixture-of-experts reward models.",
    subcommands: [InspectCommand.self])
}
