import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// Says what a backbone is.
struct InspectBackboneCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backbone", abstract: "Show what a backbone is, and what it would be refused for.",
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
    let backbone = try Working.reading { try Backbone(contentsOf: url, options: compute.options, progress: $0) }
    let numbers = backbone.configuration
    let files = try backbone.facts()
    let facts = Facts(
      path: url.path, name: backbone.name, architecture: numbers.architecture, fingerprint: backbone.fingerprint,
      layers: numbers.layerCount, hiddenSize: numbers.hiddenSize, feedForwardSize: numbers.feedForwardSize,
      heads: numbers.heads, keyValueHeads: numbers.keyValueHeads, vocabularySize: numbers.vocabularySize,
      contextLength: numbers.contextLength, hasTokenizer: backbone.tokenizer != nil,
      unreadKeys: backbone.unreadKeys, files: files)
    if json { return Console.output.print(try JSONOutput.line(facts)) }
    Console.output.print(FactList(lines(facts)).lines(Console.output.terminal))
  }

  private func lines(_ facts: Facts) -> [(String, String?)] {
    let files = facts.files
    let head = files.head.joined(separator: ", ")
    var lines: [(String, String?)] = [
      ("backbone", facts.path),
      ("size", "\(Numbers.bytes(files.bytes)), \(files.formats.joined(separator: ", "))"),
      ("memory", files.memory.map(Self.memory).joined(separator: "; ")),
      ("family", facts.architecture),
      ("layers", "\(facts.layers)"),
      ("hidden size", "\(facts.hiddenSize), feed-forward \(facts.feedForwardSize)"),
      ("heads", "\(facts.heads), key-value \(facts.keyValueHeads)"),
      ("template", template(files)),
      ("tokenizer", files.tokenizer),
      ("vocabulary", "\(facts.vocabularySize)"),
      ("context", "\(facts.contextLength) tokens"),
      ("head", head.isEmpty ? nil : "\(head): no part of the backbone, and not read with it"),
      ("reward", files.reward.map { "\($0); `dmoerm import` makes a model of it" }),
    ]
    for refusal in files.refusals { lines.append(("refused", reason(refusal, files))) }
    lines.append(("not read", facts.unreadKeys.isEmpty ? nil : facts.unreadKeys.joined(separator: ", ")))
    lines.append(("fingerprint", facts.fingerprint))
    return lines
  }

  private static func memory(_ footprint: BackboneFacts.Footprint) -> String {
    "\(footprint.precision.rawValue) \(Numbers.bytes(footprint.bytes))"
      + (footprint.refusal.map { " (not here: \($0))" } ?? "")
  }

  private func template(_ files: BackboneFacts) -> String {
    if let template = files.template { return template }
    return files.refusal(of: .template) == nil
      ? "none in its files; --template NAME names one" : "not one that can be used, see below"
  }

  /// A refusal with the way out, where the command has one.
  private func reason(_ refusal: BackboneFacts.Refusal, _ files: BackboneFacts) -> String {
    switch refusal.use {
    case .texts: "for scoring and training: \(refusal.reason)"
    case .template: "its template: \(refusal.reason); --template NAME takes another"
    case .reward:
      "as a reward model: \(refusal.reason)"
        + (files.outputs.first.map { "; `dmoerm import --label \(ShellWord.quoted($0))` says so" } ?? "")
    case .languageModel: "as a reranker, and to predict tokens (--language-model): \(refusal.reason)"
    }
  }
}
