import ArgumentParser
import DMoERM
import Foundation

struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Look into backbones, bundles and this machine.",
    subcommands: [InspectTokensCommand.self, InspectHiddenCommand.self])
}

/// Prints the ids of a text.
struct InspectTokensCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokens", abstract: "Print the token ids of a text as a JSON array.")

  @OptionGroup var backbone: BackboneOptions
  @Option(help: "The text; - reads standard input.") var text: String
  @Flag(help: "Read special tokens in the text as ordinary text.") var plain = false

  func run() async throws {
    guard let tokenizer = try backbone.load().tokenizer else {
      throw ValidationError("the backbone has no tokenizer")
    }
    let text = text == "-" ? String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self) : text
    let ids = tokenizer.encode(text, parsingSpecialTokens: !plain)
    print("[" + ids.map(String.init).joined(separator: ",") + "]")
  }
}

/// Prints the hidden state of a text's last token.
struct InspectHiddenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hidden",
    abstract: "Print the hidden state of the last token, after the final norm, as a JSON array.")

  @OptionGroup var backbone: BackboneOptions
  @Option(help: "Token ids, separated by commas.") var ids: String
  @Option(help: "A PEFT adapter folder to apply.") var adapter: String?

  func run() async throws {
    let ids = try ids.split(separator: ",").map { part in
      guard let id = Int32(part.trimmingCharacters(in: .whitespaces)) else {
        throw ValidationError("\(part) is no token id")
      }
      return id
    }
    let backbone = try backbone.load()
    let adapter = try adapter.map {
      try LoRAAdapter(contentsOf: URL(fileURLWithPath: $0), for: backbone.configuration)
    }
    let state = try backbone.hiddenState(ofLast: ids, adapter: adapter, options: self.backbone.compute)
    print("[" + state.map { "\($0)" }.joined(separator: ",") + "]")
  }
}
