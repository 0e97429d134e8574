public import DMoEData
public import Foundation

/// A question of RewardBench: a conversation with right and wrong responses.
///
/// Source of the formats: huggingface.co/datasets/allenai/reward-bench and reward-bench-2.
public struct RewardBenchItem: Sendable, Hashable {
  /// The identifier of the item in the benchmark.
  public let id: String
  /// The name of the subset that it belongs to.
  public let subset: String
  /// The conversation that the responses answer.
  public let conversation: Conversation
  /// The responses that should get the greatest rewards.
  public let correct: [String]
  /// The responses that should get less.
  public let incorrect: [String]

  /// - Throws: `DataError.emptyIdentifier`, `.tooFewResponses`, `.emptyResponse`.
  public init(
    id: String, subset: String, conversation: Conversation, correct: [String], incorrect: [String]
  ) throws(DataError) {
    guard !subset.isEmpty else { throw .emptyIdentifier }
    guard !correct.isEmpty, !incorrect.isEmpty else { throw .tooFewResponses(correct.count + incorrect.count) }
    if let index = (correct + incorrect).firstIndex(where: \.isEmpty) { throw .emptyResponse(index: index) }
    self.id = id
    self.subset = subset
    self.conversation = conversation
    self.correct = correct
    self.incorrect = incorrect
  }

  /// All responses, the correct ones first.
  public var responses: [String] { correct + incorrect }
}

extension RewardBenchItem {
  /// A text, several texts, or messages of which the last is the response.
  private enum Field: Decodable {
    case text(String)
    case texts([String])
    case messages([Message])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .text(text)
      } else if let texts = try? container.decode([String].self) {
        self = .texts(texts)
      } else {
        self = .messages(try container.decode([Message].self))
      }
    }

    var responses: [String] {
      switch self {
      case .text(let text): [text]
      case .texts(let texts): texts
      case .messages(let messages): messages.last.map { [$0.content] } ?? []
      }
    }

    /// What the response answers, if it is part of it.
    var context: [Message]? {
      if case .messages(let messages) = self { Array(messages.dropLast()) } else { nil }
    }
  }

  private struct Row: Decodable {
    var id: Identifier?
    var subset: String?
    var prompt: Field?
    var question: Field?
    var input: Field?
    var chosen: Field
    var rejected: Field
  }

  /// Version 1 numbers its items, version 2 names them.
  private struct Identifier: Decodable {
    var text: String

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      text = try (try? container.decode(String.self)) ?? "\(container.decode(Int.self))"
    }
  }

  /// Reads a JSON Lines file of either version.
  ///
  /// Rows have `prompt` (or `question`, or `input`), `chosen`, `rejected` and `subset`; responses are texts, lists of texts
  /// or lists of messages. Other keys are passed over.
  ///
  /// - Throws: `DataError.badLine`, `.unreadableFile`, `.compressedFile`.
  public static func readAll(contentsOf url: URL) throws -> [RewardBenchItem] {
    try readAll(JSONLines(contentsOf: url))
  }

  /// The same from lines.
  public static func readAll(_ lines: consuming JSONLines) throws -> [RewardBenchItem] {
    var lines = lines
    var items: [RewardBenchItem] = []
    while let line = try lines.next() {
      do {
        items.append(try read(line.bytes, number: line.number))
      } catch let error as DataError {
        throw DataError.badLine(file: lines.file, line: line.number, reason: error.description)
      } catch {
        throw DataError.badLine(
          file: lines.file, line: line.number, reason: "it is no row with prompt, chosen, rejected and subset")
      }
    }
    return items
  }

  private static func read(_ bytes: Data, number: Int) throws -> RewardBenchItem {
    let row = try JSONDecoder().decode(Row.self, from: bytes)
    let conversation: Conversation
    switch row.prompt ?? row.question ?? row.input {
    case .text(let text)?: conversation = try Conversation(prompt: text)
    case .messages(let messages)?: conversation = try Conversation(messages)
    case .texts(let texts)?: conversation = try Conversation(prompt: texts.joined(separator: "\n"))
    case nil: conversation = try Conversation(row.chosen.context ?? [])
    }
    return try RewardBenchItem(
      id: row.id?.text ?? "\(number)", subset: row.subset ?? "all", conversation: conversation,
      correct: row.chosen.responses, incorrect: row.rejected.responses)
  }
}
