import ArgumentParser
import DMoERM
import Foundation

/// Which bundle, over which backbone.
struct ModelOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: ArgumentHelp("The bundle, a folder such as my.dmoerm.", valueName: "bundle"))
  var model: String
  @Option(
    help: ArgumentHelp(
      "The backbone it was trained on.",
      discussion: """
        Default: $DMOERM_BACKBONE, then a file of the recorded name beside the bundle, then the one that \
        Scripts/fetch-backbone fetches.
        """, valueName: "path"))
  var backbone: String?
  @OptionGroup var compute: ComputeArguments

  func load() throws -> RewardModel {
    guard FileManager.default.fileExists(atPath: model) else {
      throw Failure(
        "\(model): there is no such bundle", hint: "`dmoerm train` makes one; so does `dmoerm demo`.",
        status: .badInput)
    }
    return try RewardModel(
      contentsOf: URL(fileURLWithPath: model, isDirectory: true),
      backbone: backbone.map { try BackboneLocation.find($0) },
      options: compute.options)
  }
}
