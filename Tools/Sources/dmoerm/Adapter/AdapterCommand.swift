import ArgumentParser
import DMoERM
import Foundation

struct AdapterCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "adapter", abstract: "Make LoRA adapters out of tuned models and of other adapters.",
    subcommands: [AdapterExtractCommand.self, AdapterJoinCommand.self])
}

/// A fully tuned model minus its backbone, as an adapter.
struct AdapterExtractCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract", abstract: "Turn the difference of a tuned model and its backbone into a LoRA adapter.",
    discussion: "Example:\n  dmoerm adapter extract --tuned tuned/ --backbone base/ --rank 32 --output adapter/")

  @OptionGroup var backbone: BackboneOptions
  @Option(help: "The tuned model: a GGUF file or a Hugging Face folder.") var tuned: String
  @Option(help: "LoRA rank.") var rank = 32
  @Option(name: .shortAndLong, help: "The PEFT folder to write.") var output: String

  func run() async throws {
    let base = try backbone.load()
    let other = try Backbone(contentsOf: URL(fileURLWithPath: tuned), options: backbone.compute)
    let configuration = LoRAConfiguration(rank: rank, alpha: Float(rank), dropout: 0, targets: Projection.allCases)
    let (adapter, error) = try LoRAAdapter.extracted(
      from: other, over: base, configuration: configuration, options: backbone.compute)
    try adapter.write(to: URL(fileURLWithPath: output), backboneName: base.name)
    print("\(output): rank \(rank), relative error of the worst layer \(error)")
  }
}

/// Two stacked adapters as one.
struct AdapterJoinCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join", abstract: "Join two stacked LoRA adapters into one.",
    discussion: """
      Example:
        dmoerm adapter join first/ second/ --backbone base/ --rank 16 --output joined/
      Without --rank the result is exact, and its rank the sum of both.
      """)

  @OptionGroup var backbone: BackboneOptions
  @Argument(help: "The PEFT folder of the first adapter.") var first: String
  @Argument(help: "The PEFT folder of the adapter on top of it.") var second: String
  @Option(help: "LoRA rank of the result.") var rank: Int?
  @Option(name: .shortAndLong, help: "The PEFT folder to write.") var output: String

  func run() async throws {
    let base = try backbone.load()
    func read(_ path: String) throws -> LoRAAdapter {
      try LoRAAdapter(contentsOf: URL(fileURLWithPath: path), for: base.configuration)
    }
    let (one, two) = (try read(first), try read(second))
    let (adapter, error) =
      try rank.map { try one.joined(with: two, rank: $0) } ?? (one.concatenated(with: two), 0)
    try adapter.write(to: URL(fileURLWithPath: output), backboneName: base.name)
    print("\(output): relative error of the worst layer \(error)")
  }
}
