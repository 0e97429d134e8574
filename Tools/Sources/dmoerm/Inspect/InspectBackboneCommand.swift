import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// Says what a backbone is.
struct InspectBackboneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backbone", abstract: "Show what a backbone is.",
    discussion: """
      Example:
        dmoerm inspect backbone SmolLM2-135M-Instruct.Q4_1.gguf
      """)

  @Argument(help: "A GGUF file or a Hugging Face folder; found as by `train` if not given.") var path: String?
  @Flag(help: "Print one JSON object.") var json = false
  @OptionGroup var compute: ComputeArguments

  private struct Facts: Encodable {
    var path: String
    var name: String
    var architecture: String
    var fingerprint: String
    var layers: Int
    var hiddenSize: Int
    var feedForwardSize: Int
    var heads: Int
    var keyValueHeads: Int
    var vocabularySize: Int
    var contextLength: Int
    var hasTokenizer: Bool
    var unreadKeys: [String]
    var files: BackboneFacts
  }

  func run() async throws {
    let url = try BackboneLocation.find(path)
    let backbone = try Backbone(contentsOf: url, options: compute.options)
    let numbers = backbone.configuration
    let files = try backbone.facts()
    let facts = Facts(
      path: url.path, name: backbone.name, architecture: numbers.architecture, fingerprint: backbone.fingerprint,
      layers: numbers.layerCount, hiddenSize: numbers.hiddenSize, feedForwardSize: numbers.feedForwardSize,
      heads: numbers.heads, keyValueHeads: numbers.keyValueHeads, vocabularySize: numbers.vocabularySize,
      contextLength: numbers.contextLength, hasTokenizer: backbone.tokenizer != nil,
      unreadKeys: backbone.unreadKeys, files: files)
    if json { return Console.output.print(try JSONOutput.line(facts)) }
    Console.output.print(
      FactList([
        ("backbone", facts.path),
        ("size", "\(Numbers.bytes(files.bytes)), \(files.formats.joined(separator: ", "))"),
        ("family", facts.architecture),
        ("layers", "\(facts.layers)"),
        ("hidden size", "\(facts.hiddenSize), feed-forward \(facts.feedForwardSize)"),
        ("heads", "\(facts.heads), key-value \(facts.keyValueHeads)"),
        ("template", files.template ?? files.templateRefusal.map { "refused: \($0)" } ?? "none in its files"),
        ("tokenizer", files.tokenizer),
        ("vocabulary", "\(facts.vocabularySize)" + (facts.hasTokenizer ? "" : ", without a tokenizer")),
        ("context", "\(facts.contextLength) tokens"),
        (
          "head",
          files.head.isEmpty
            ? nil : "\(files.head.joined(separator: ", ")): no part of the backbone, and not read with it"
        ),
        ("reward", files.reward.map { "\($0); `dmoerm import` makes a model of it" }),
        ("refused", files.refusal.map { "as a reward model: \($0)" }),
        ("not read", facts.unreadKeys.isEmpty ? nil : facts.unreadKeys.joined(separator: ", ")),
        ("fingerprint", facts.fingerprint),
      ]).lines(Console.output.terminal))
  }
}
