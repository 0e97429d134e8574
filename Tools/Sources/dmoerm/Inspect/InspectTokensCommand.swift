import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// Prints the ids of a text.
struct InspectTokensCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokens", abstract: "Print the token ids of a text as a JSON array.",
    discussion: """
      Example:
        dmoerm inspect tokens --text "Hello there"
      """)

  @OptionGroup var backbone: BackboneOptions
  @Option(parsing: .unconditional, help: "The text; - reads standard input.") var text: String
  @Flag(help: "Read special tokens in the text as ordinary text.") var plain = false

  func run() async throws {
    guard let tokenizer = try backbone.load().tokenizer else {
      throw Failure("the backbone has no tokenizer", status: .badInput)
    }
    let text = text == "-" ? String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self) : text
    Console.output.print(try JSONOutput.line(tokenizer.encode(text, parsingSpecialTokens: !plain)))
  }
}
