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
  @Flag(name: .customLong("check"), help: CheckHelp.text) var checksAnew = false
  @OptionGroup var arguments: ComputeArguments

  var compute: ComputeOptions { arguments.options }
  /// What counts of what an earlier start found out about the files.
  var checks: StartChecks { checksAnew ? .anew : .remembered }

  func load() throws -> Backbone {
    let url = try BackboneLocation.find(path)
    return try Working.reading {
      try Backbone(contentsOf: url, options: compute, checks: checks, progress: $0)
    }
  }
}
