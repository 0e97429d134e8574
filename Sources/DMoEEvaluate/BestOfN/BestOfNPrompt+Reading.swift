@_spi(Command) import DMoEData
public import Foundation

extension BestOfNPrompt {
  /// A line of a file: `prompt` or `messages`, and either `responses` with `gold` (one number each, greater is better) or
  /// `candidates`, objects with `text` and `gold` (or `gpt4_pref`). Other keys are passed over.
  private struct Row: Decodable {
    struct Candidate: Decodable {
      var text: String
      var gold: Double?
      var gpt4_pref: Double?
    }

    var prompt: String?
    var messages: Conversation?
    var responses: [String]?
    var gold: [Double]?
    var candidates: [Candidate]?
  }

  /// Reads a JSON Lines file of prompts with judged responses.
  ///
  /// - Parameters:
  ///   - url: The file to read.
  ///   - skipsInvalid: Leave lines out that are no such row, instead of throwing at the first.
  ///   - needsGold: Whether a row without gold is none; otherwise its gold is 0, until a judge says another.
  /// - Returns: the prompts, and how many lines were left out.
  /// - Throws: `DataError.badLine`, `.unreadableFile`, `.compressedFile`.
  public static func readAll(
    contentsOf url: URL, skipsInvalid: Bool = false, needsGold: Bool = true
  ) throws -> (prompts: [BestOfNPrompt], skipped: Int) {
    var lines = try JSONLines(contentsOf: url)
    var prompts: [BestOfNPrompt] = []
    var skipped = 0
    while let line = try lines.next() {
      do {
        prompts.append(try read(line.bytes, needsGold: needsGold))
      } catch {
        guard !skipsInvalid else {
          skipped += 1
          continue
        }
        throw DataError.badLine(file: lines.file, line: line.number, reason: reason(error))
      }
    }
    return (prompts, skipped)
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case is DataError, is EvaluationError, is JSONSyntaxError: "\(error)"
    default: "it is no row of responses with their gold"
    }
  }

  private static func read(_ bytes: Data, needsGold: Bool) throws -> BestOfNPrompt {
    let row = try JSONDecoder.strictly(Row.self, from: bytes)
    let conversation = try row.messages ?? Conversation(prompt: row.prompt ?? "")
    if let candidates = row.candidates {
      return try BestOfNPrompt(
        conversation: conversation, responses: candidates.map(\.text),
        gold: candidates.map { $0.gold ?? $0.gpt4_pref ?? (needsGold ? .nan : 0) })
    }
    let responses = row.responses ?? []
    let gold = row.gold ?? Array(repeating: 0, count: needsGold ? 0 : responses.count)
    return try BestOfNPrompt(conversation: conversation, responses: responses, gold: gold)
  }
}
