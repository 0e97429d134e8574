import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// Two stacked adapters as one.
struct AdapterJoinCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join", abstract: "Join two stacked LoRA adapters into one.",
    discussion: """
      Example:
        dmoerm adapter join first/ second/ --backbone base/ --rank 16 \\
          --output joined/
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
    Console.output.print(
      "wrote \(output): \(first) with \(second) on top of it, as one LoRA adapter"
        + (rank.map { " of rank \($0)" } ?? ", whose rank is the sum of theirs"),
      rank.map { AdapterFolder.accuracy(error, rank: $0) } ?? "It is both exactly.")
  }
}
