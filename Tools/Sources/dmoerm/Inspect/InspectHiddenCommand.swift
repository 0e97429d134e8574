import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// Prints the hidden state of a text's last token.
struct InspectHiddenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hidden",
    abstract: "Print the hidden state of the last token, after the final norm, as a JSON array.",
    discussion: """
      Examples:
        dmoerm inspect hidden --ids 1,2,3 --adapter my.dmoerm/chat/base
        printf '[1,2]\\n[3]\\n' | dmoerm inspect hidden --input -
      """)

  @OptionGroup var backbone: BackboneOptions
  @Option(parsing: .unconditional, help: "Token ids, separated by commas.") var ids: String?
  @Option(
    parsing: .unconditional,
    help: "A file with a JSON array of ids a line, for a line of the state each; - reads standard input.",
    transform: pathWord)
  var input: String?
  @Option(parsing: .unconditional, help: "A PEFT adapter folder to apply.", transform: pathWord) var adapter: String?

  func run() async throws {
    let texts = try tokenIDs()
    if let adapter { try InputFile(adapter, option: "--adapter").checkFolder() }
    let backbone = try backbone.load()
    let adapter = try adapter.map {
      try LoRAAdapter(contentsOf: URL(fileURLWithPath: $0), for: backbone.configuration)
    }
    for ids in texts {
      let state = try backbone.hiddenState(ofLast: ids, adapter: adapter, options: self.backbone.compute)
      Console.output.print("[" + state.map { "\($0)" }.joined(separator: ",") + "]")
    }
  }

  private func tokenIDs() throws -> [[Int32]] {
    guard (ids == nil) != (input == nil) else {
      throw ValidationError("--ids IDS is missing, or --input FILE with many; one of them, not both")
    }
    if let ids { return [try TokenIDs.parse(ids, option: "--ids")] }
    return try DataFile(input ?? "-").values(of: [Int32].self)
  }
}
