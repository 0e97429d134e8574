@_spi(Command) public import DMoEData
public import Foundation

extension RewardBenchItem {
  /// Reads a JSON Lines file of either version.
  ///
  /// Rows have `prompt` (or `question`, or `input`), `chosen`, `rejected` and `subset`; responses are texts, lists of texts
  /// or whole conversations, of which the last message is the response.
  ///
  /// - Throws: `DataError.badLine`, `.unreadableFile`, `.compressedFile`.
  public static func readAll(contentsOf url: URL) throws(DataError) -> [RewardBenchItem] {
    try readAll(JSONLines(contentsOf: url))
  }

  /// The same from lines.
  @_spi(Command) public static func readAll(_ lines: consuming JSONLines) throws(DataError) -> [RewardBenchItem] {
    try read(lines).items
  }

  /// The items of some lines, and the keys of theirs that nothing is known of and nothing was done with.
  ///
  /// - Throws: As `readAll(contentsOf:)`.
  @_spi(Command) public static func read(
    _ lines: consuming JSONLines
  ) throws(DataError) -> (items: [RewardBenchItem], keysNotRead: [String]) {
    var lines = lines
    var items: [RewardBenchItem] = []
    var notes = RowNotes()
    var ties = TiesPrompts()
    while let line = try lines.next() {
      do {
        let item = try RewardBenchItem(RowObject(line.value()), number: line.number, &notes)
        if TiesIdentifier.isNeeded(in: item.subset) { try ties.add(item.id, line: line.number) }
        items.append(item)
      } catch {
        throw .badLine(file: lines.file, line: line.number, reason: error.description)
      }
    }
    if let line = ties.lineWithoutPair {
      throw .badLine(
        file: lines.file, line: line,
        reason: "id: no prompt of the Ties subset has both its items, \"ref:N\" and \"tied:N\"")
    }
    return (items, notes.keysNotRead.sorted())
  }

  /// What the keys of a row do.
  package static let keyUses = KeyUse.table(
    read: ["id", "subset", "prompt", "question", "input", "chosen", "rejected", "num_correct", "num_incorrect"],
    refused: KeyUse.contexts.merging([
      "system": KeyUse.systemTurn("chosen"), "messages": KeyUse.inPlaceOf("chosen"),
      "conversation": KeyUse.inPlaceOf("chosen"), "weight": "is not read: every item of a benchmark counts the same",
    ]) { $1 },
    noEffect: [
      "chosen_model", "rejected_model", "models", "total_completions", "additional_metadata", "metadata",
    ])

  private init(_ row: RowObject, number: Int, _ notes: inout RowNotes) throws(DataError) {
    try row.check(Self.keyUses, &notes)
    let chosen = try Answers(row, "chosen", &notes)
    let rejected = try Answers(row, "rejected", &notes)
    try Self.check(chosen.texts.count, of: "chosen", against: "num_correct", in: row)
    try Self.check(rejected.texts.count, of: "rejected", against: "num_incorrect", in: row)
    try self.init(
      id: row.identifier() ?? "\(number)", subset: row.text("subset") ?? "all",
      conversation: Self.conversation(prompt: Self.prompt(row, &notes), chosen, rejected), correct: chosen.texts,
      incorrect: rejected.texts)
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

/// The prompts of the Ties subset among the rows read so far.
private struct TiesPrompts {
  private var seen: [String: Set<TiesIdentifier.Asking>] = [:]
  private var firstLine: Int?

  mutating func add(_ id: String, line: Int) throws(DataError) {
    guard let identifier = TiesIdentifier(id) else {
      throw .malformedRow(reason: "id: an item of the Ties subset has \"ref:N\" or \"tied:N\", by which it is scored")
    }
    guard seen[identifier.prompt, default: []].insert(identifier.asking).inserted else {
      throw .malformedRow(reason: "id: another item of the Ties subset has the same")
    }
    firstLine = firstLine ?? line
  }

  /// The first line of the subset, if no prompt has both its items.
  var lineWithoutPair: Int? { seen.values.contains { $0.count == 2 } ? nil : firstLine }
}
