import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// Which backbone, and where it runs.
struct BackboneOptions: ParsableArguments {
  @Option(
    name: .customLong("backbone"), parsing: .unconditional,
    help: ArgumentHelp(
      "A GGUF file or a Hugging Face folder.",
      discussion: "Default: $DMOERM_BACKBONE, then the one that Scripts/fetch-backbone fetches.", valueName: "path"),
    transform: pathWord)
  var path: String?
  @Flag(help: CheckHelp.text) var check = false
  @OptionGroup var arguments: ComputeArguments

  var compute: ComputeOptions { arguments.options }

  func load() throws -> Backbone {
    try Backbone(contentsOf: try BackboneLocation.find(path), options: compute, checks: check ? .anew : .remembered)
  }
}
