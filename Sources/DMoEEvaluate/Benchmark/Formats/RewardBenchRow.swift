import DMoEData

/// A row of RewardBench, of either edition.
///
/// It has `prompt` (or `question`, or `input`), `chosen`, `rejected` and `subset`; responses are texts, lists of texts or whole
/// conversations, of which the last message is the response. Source of the formats: the data sets allenai/reward-bench,
/// allenai/preference-test-sets and allenai/reward-bench-2 of huggingface.co, and `load_and_process_dataset` of
/// github.com/allenai/reward-bench, 0.1.4.
enum RewardBenchRow {
  /// What the keys of a row do.
  static let keyUses = KeyUse.table(
    read: ["id", "subset", "prompt", "question", "input", "chosen", "rejected", "num_correct", "num_incorrect"],
    refused: KeyUse.contexts.merging([
      "system": KeyUse.systemTurn("chosen"), "messages": KeyUse.inPlaceOf("chosen"),
      "conversation": KeyUse.inPlaceOf("chosen"), "weight": "is not read: every item of a benchmark counts the same",
    ]) { $1 },
    noEffect: [
      "chosen_model", "rejected_model", "models", "total_completions", "additional_metadata", "metadata",
    ])

  /// The item of a row; one without an identifier has the number of its line.
  static func item(
    _ row: RowObject, at place: BenchmarkPlace, _ notes: inout RowNotes
  ) throws(DataError) -> BenchmarkItem {
    let chosen = try Answers(row, "chosen", &notes)
    let rejected = try Answers(row, "rejected", &notes)
    try check(chosen.texts.count, of: "chosen", against: "num_correct", in: row)
    try check(rejected.texts.count, of: "rejected", against: "num_incorrect", in: row)
    return try BenchmarkItem(
      id: row.identifier() ?? "\(place.line)", category: row.text("subset") ?? "all",
      conversation: conversation(prompt: prompt(row, &notes), chosen, rejected), correct: chosen.texts,
      incorrect: rejected.texts)
  }

  /// Refuses a subset of the other edition.
  static func check(
    _ subset: String, isOf other: [String: Int], named name: String, not own: [String: Int]
  ) throws(DataError) {
    let word = subset.lowercased()
    guard other.keys.contains(where: { $0.lowercased() == word }),
      !own.keys.contains(where: { $0.lowercased() == word })
    else { return }
    throw .malformedRow(reason: "subset: \"\(subset)\" is of \"\(name)\", which is a benchmark of its own")
  }

  /// The last question may stand beside whole conversations; they say more.
  private static func conversation(
    prompt: TextOrMessages?, _ chosen: Answers, _ rejected: Answers
  ) throws(DataError) -> Conversation {
    if let chosen = chosen.messages, let rejected = rejected.messages {
      let isWhole = chosen.count > 1
      let pair = try ConversationPair(
        prompt: isWhole ? nil : prompt, messages: nil, chosen: .messages(chosen), rejected: .messages(rejected))
      if let prompt, !ConversationPair.agrees(prompt, with: pair.conversation.turns) {
        throw ConversationPair.contradiction("prompt", "chosen")
      }
      return pair.conversation
    }
    guard chosen.messages == nil, rejected.messages == nil else {
      throw .malformedRow(reason: "\"chosen\" and \"rejected\" are not both texts or both lists of messages")
    }
    switch prompt {
    case .text(let text)?: return try Conversation(prompt: text)
    case .messages(let messages)?: return try Conversation(messages)
    case nil: throw .malformedRow(reason: "missing key \"prompt\"")
    }
  }

  /// The prompt under one of its names, or under several that say the same.
  private static func prompt(_ row: RowObject, _ notes: inout RowNotes) throws(DataError) -> TextOrMessages? {
    let present = ["prompt", "question", "input"].filter { row[$0] != nil }
    guard let key = present.first else { return nil }
    if let other = present.dropFirst().first(where: { row[$0] != row[key] }) {
      throw ConversationPair.contradiction(key, other)
    }
    return try row.textOrMessages(key, &notes)
  }

  /// Version 2 says how many responses there are.
  private static func check(
    _ count: Int, of list: String, against key: String, in row: RowObject
  ) throws(DataError) {
    guard let number = try row.number(key), number != Float(count) else { return }
    throw .malformedRow(reason: "\(key): \(Int(exactly: number) ?? 0) responses, but \"\(list)\" has \(count)")
  }
}

/// A text, several texts, or messages of which the last is the response.
private struct Answers {
  let texts: [String]
  let messages: [Message]?

  init(_ row: RowObject, _ key: String, _ notes: inout RowNotes) throws(DataError) {
    switch row[key] {
    case nil: throw .malformedRow(reason: "missing key \"\(key)\"")
    case .string(let text): (texts, messages) = ([text], nil)
    case .array(let values):
      guard let first = values.first else { throw .malformedRow(reason: "\(key): no response") }
      if case .string = first {
        (texts, messages) = (try row.texts(key) ?? [], nil)
      } else {
        let list = try row.messages(key, &notes) ?? []
        (texts, messages) = (list.last.map { [$0.content] } ?? [], list)
      }
    default: throw .malformedRow(reason: "\(key): not a text, a list of texts or a list of messages")
    }
    if let index = texts.firstIndex(where: \.isBlank) {
      throw .malformedRow(reason: (texts.count > 1 ? "\(key)[\(index)]" : key) + ": the response is empty")
    }
  }
}
