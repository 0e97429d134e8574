@_spi(Command) import DMoERM
import Foundation

/// The preferences that come with the command, divided by prompt.
struct DemoSet {
  var training: [RankedResponses]
  var heldOut: [RankedResponses]

  static let fileName = "demo-preferences.jsonl"

  init(taxonomy: Taxonomy, heldOutFraction: Double, seed: UInt64) throws {
    let file = DataFile(try Self.file().path)
    let samples = try file.samples(ReadingOptions(taxonomy: taxonomy)).samples
    let kept = Self.drawn(samples, fraction: heldOutFraction, seed: seed)
    training = samples.filter { !kept.contains($0.conversation) }
    heldOut = samples.filter { kept.contains($0.conversation) }
  }

  /// The same share of every category's prompts: so few that chance would leave some category almost none.
  static func drawn(_ samples: [RankedResponses], fraction: Double, seed: UInt64) -> Set<Conversation> {
    var generator = seededGenerator(seed)
    var prompts: [String: [Conversation]] = [:]
    var seen = Set<Conversation>()
    for sample in samples where seen.insert(sample.conversation).inserted {
      prompts[sample.category ?? "", default: []].append(sample.conversation)
    }
    return Set(
      prompts.sorted { $0.key < $1.key }.flatMap { _, all in
        all.shuffled(using: &generator).prefix(Int((Double(all.count) * fraction).rounded()))
      })
  }

  /// Overall preferences: one a prompt.
  static func overall(_ samples: [RankedResponses]) -> [RankedResponses] { samples.filter { $0.capability == nil } }

  /// Writes the prompts of some samples, each once, as `dmoerm rl` reads them.
  static func writePrompts(_ samples: [RankedResponses], to url: URL) throws {
    var seen: Set<Conversation> = []
    let rows = try samples.filter { seen.insert($0.conversation).inserted }.map {
      try JSONOutput.line(PromptRow(messages: $0.conversation, category: $0.category))
    }
    try Data((rows.joined(separator: "\n") + "\n").utf8).replaceFile(at: url)
  }

  private struct PromptRow: Encodable {
    var messages: Conversation
    var category: String?
  }

  /// The file beside the program; the package manager's own accessor would end the program if it is not there.
  private static func file() throws -> URL {
    let programs = [
      Bundle.main.executableURL?.resolvingSymlinksInPath(), Bundle.main.bundleURL.appendingPathComponent("x"),
    ]
    let places = programs.compactMap { program in
      program?.deletingLastPathComponent().appendingPathComponent("DMoERMTools_dmoerm.resources/\(fileName)")
    }
    guard let found = places.first(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      throw Failure(
        "the demo set is not beside the program: \(places.first?.path ?? fileName)",
        hint:
          "Copy the folder DMoERMTools_dmoerm.resources together with dmoerm; `make run` does the demo from a clone.")
    }
    return found
  }
}
