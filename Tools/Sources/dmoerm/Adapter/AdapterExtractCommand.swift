import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// A fully tuned model minus its backbone, as an adapter.
struct AdapterExtractCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract", abstract: "Turn the difference of a tuned model and its backbone into a LoRA adapter.",
    discussion: """
      Example:
        dmoerm adapter extract --tuned tuned/ --backbone base/ --rank 32 \\
          --output adapter/

      \(ExitStatus.help)
      """)

  @OptionGroup var backbone: BackboneOptions
  @Option(parsing: .unconditional, help: "The tuned model: a GGUF file or a Hugging Face folder.", transform: pathWord)
  var tuned: String
  @Option(parsing: .unconditional, help: "LoRA rank.") var rank = 32
  @Option(name: .shortAndLong, parsing: .unconditional, help: "The PEFT folder to write.", transform: pathWord)
  var output: String
  @OptionGroup var replacing: ReplaceOption

  func validate() throws { try Bounds.check("--rank", rank, Bounds.ranks) }

  func run() async throws {
    let folder = try AdapterFolder.target(output, replaces: replacing.replaces)
    try InputFile(tuned, option: "--tuned").checkPath()
    let base = try backbone.load()
    let url = URL(fileURLWithPath: tuned)
    let other = try Working.reading { try Backbone(contentsOf: url, options: backbone.compute, progress: $0) }
    let configuration = LoRAConfiguration(rank: rank, alpha: Float(rank), dropout: 0, targets: Projection.allCases)
    let (adapter, error) = try LoRAAdapter.extracted(
      from: other, over: base, configuration: configuration, options: backbone.compute)
    try adapter.write(to: folder, backboneName: base.name)
    Console.output.print(
      "wrote \(output): what \(tuned) changed in \(base.name), as a LoRA adapter of rank \(rank)",
      AdapterFolder.accuracy(error, rank: rank))
  }
}
