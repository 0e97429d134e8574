import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// Says what a bundle holds.
struct InspectBundleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle", abstract: "Show what a bundle holds.",
    discussion: """
      With --check the weights are read with their backbone and the golden texts are scored again.

      Examples:
        dmoerm inspect bundle my.dmoerm
        dmoerm inspect bundle my.dmoerm --check
        dmoerm inspect bundle dmoerm-small
      """)

  @Argument(help: "The bundle, a folder such as my.dmoerm, or the name of a model that comes with the command.")
  var bundle: String
  @Flag(help: "Read everything and score the golden texts again.") var check = false
  @Option(parsing: .unconditional, help: "The backbone it was trained on, for --check.", transform: pathWord)
  var backbone: String?
  @OptionGroup var compute: ComputeArguments
  @Flag(help: "Print one JSON object.") var json = false

  func run() async throws {
    let folder = try ModelOptions.bundle(bundle)
    let summary = try BundleSummary(contentsOf: folder.path)
    if check {
      let backbone = try backbone.map { try BackboneLocation.find($0) }
      _ = try Working.reading {
        try RewardModel(
          contentsOf: folder, backbone: backbone, options: compute.options, goldens: .all, checks: .anew, progress: $0)
      }
    }
    if json { return Console.output.print(try JSONOutput.line(summary)) }
    let lines = summary.lines(Console.output.terminal, name: bundle)
    Console.output.print(lines + (check ? ["", summary.checked] : []))
  }
}
