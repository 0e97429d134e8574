import ArgumentParser

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Look into data, bundles, backbones and this machine.",
    subcommands: [
      InspectDataCommand.self, InspectBundleCommand.self, InspectBackboneCommand.self, InspectMachineCommand.self,
      InspectTokensCommand.self,
      InspectHiddenCommand.self,
    ])
}
