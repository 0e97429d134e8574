import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// Prints the ids of texts.
struct InspectTokensCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokens", abstract: "Print the token ids of a text as a JSON array.",
    discussion: """
      Examples:
        dmoerm inspect tokens --text "Hello there"
        printf '"Hello"\\n"there"\\n' | dmoerm inspect tokens --input -
      """)

  @OptionGroup var backbone: BackboneOptions
  @Option(parsing: .unconditional, help: "The text; - reads standard input.") var text: String?
  @Option(
    parsing: .unconditional, help: "A file with a JSON string a line, for a line of ids each; - reads standard input.",
    transform: pathWord)
  var input: String?
  @Flag(help: "Read special tokens in the text as ordinary text.") var plain = false

  func run() async throws {
    guard (text == nil) != (input == nil) else {
      throw ValidationError("--text TEXT is missing, or --input FILE with many; one of them, not both")
    }
    let lines = try input.map { try DataFile($0).values(of: String.self) }
    let tokenizer = try tokenizer()
    func ids(_ text: String) throws -> String {
      try JSONOutput.line(tokenizer.encode(text, parsingSpecialTokens: !plain))
    }
    if let lines {
      for line in lines { Console.output.print(try ids(line)) }
      return
    }
    let text =
      text == "-" ? String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self) : text ?? ""
    Console.output.print(try ids(text))
  }

  private func tokenizer() throws -> Tokenizer {
    guard let tokenizer = try backbone.load().tokenizer else {
      throw Failure("the backbone has no tokenizer", status: .badInput)
    }
    return tokenizer
  }
}
