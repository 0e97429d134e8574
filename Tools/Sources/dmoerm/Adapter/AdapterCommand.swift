import ArgumentParser

struct AdapterCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adapter", abstract: "Make LoRA adapters out of tuned models and of other adapters.",
    subcommands: [AdapterExtractCommand.self, AdapterJoinCommand.self])
}
