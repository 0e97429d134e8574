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
    discussion: """
      Example:
        dmoerm adapter extract --tuned tuned/ --backbone base/ --rank 32 --output adapter/

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
    let other = try Backbone(contentsOf: URL(fileURLWithPath: tuned), options: backbone.compute)
    let configuration = LoRAConfiguration(rank: rank, alpha: Float(rank), dropout: 0, targets: Projection.allCases)
    let (adapter, error) = try LoRAAdapter.extracted(
      from: other, over: base, configuration: configuration, options: backbone.compute)
    try adapter.write(to: folder, backboneName: base.name)
    Console.output.print("\(output): rank \(rank), relative error of the worst layer \(error)")
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

      \(ExitStatus.help)
      """)

  @OptionGroup var backbone: BackboneOptions
  @Argument(help: "The PEFT folder of the first adapter.") var first: String
  @Argument(help: "The PEFT folder of the adapter on top of it.") var second: String
  @Option(parsing: .unconditional, help: "LoRA rank of the result.") var rank: Int?
  @Option(name: .shortAndLong, parsing: .unconditional, help: "The PEFT folder to write.", transform: pathWord)
  var output: String
  @OptionGroup var replacing: ReplaceOption

  func validate() throws {
    if let rank { try Bounds.check("--rank", rank, Bounds.ranks) }
  }

  func run() async throws {
    let folder = try AdapterFolder.target(output, replaces: replacing.replaces, besides: [first, second])
    for path in [first, second] { try InputFile(path).checkFolder() }
    let base = try backbone.load()
    func read(_ path: String) throws -> LoRAAdapter {
      try LoRAAdapter(contentsOf: URL(fileURLWithPath: path), for: base.configuration)
    }
    let (one, two) = (try read(first), try read(second))
    let (adapter, error) =
      try rank.map { try one.joined(with: two, rank: $0) } ?? (one.concatenated(with: two), 0)
    try adapter.write(to: folder, backboneName: base.name)
    Console.output.print("\(output): relative error of the worst layer \(error)")
  }
}

/// The folder that an adapter is written to.
private enum AdapterFolder {
  /// - Parameter inputs: Folders that are read: none of them is replaced.
  static func target(_ path: String, replaces: Bool, besides inputs: [String] = []) throws -> URL {
    let folder = URL(fileURLWithPath: path, isDirectory: true)
    if let input = inputs.first(where: { URL(fileURLWithPath: $0).place == folder.place }) {
      throw ValidationError("--output \(path) would replace \(input), which is read")
    }
    return try OutputPlace.folder(path, "--output", what: "adapter folder", replaces: replaces) { folder in
      FileManager.default.fileExists(atPath: folder.appendingPathComponent("adapter_config.json").path)
    }
  }
}
