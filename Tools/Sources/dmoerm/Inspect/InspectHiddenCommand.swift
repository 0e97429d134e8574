import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// Prints the hidden state of a text's last token.
struct InspectHiddenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hidden",
    abstract: "Print the hidden state of the last token, after the final norm, as a JSON array.",
    discussion: """
      Example:
        dmoerm inspect hidden --ids 1,2,3 --adapter my.dmoerm/chat/base
      """)

  @OptionGroup var backbone: BackboneOptions
  @Option(parsing: .unconditional, help: "Token ids, separated by commas.") var ids: String
  @Option(parsing: .unconditional, help: "A PEFT adapter folder to apply.", transform: pathWord) var adapter: String?

  func run() async throws {
    let ids = try TokenIDs.parse(ids, option: "--ids")
    if let adapter { try InputFile(adapter, option: "--adapter").checkFolder() }
    let backbone = try backbone.load()
    let adapter = try adapter.map {
      try LoRAAdapter(contentsOf: URL(fileURLWithPath: $0), for: backbone.configuration)
    }
    let state = try backbone.hiddenState(ofLast: ids, adapter: adapter, options: self.backbone.compute)
    Console.output.print("[" + state.map { "\($0)" }.joined(separator: ",") + "]")
  }
}
