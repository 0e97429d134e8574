/// A row of `PreferenceFormat.messagePairs` or `.trl`: a chosen and a rejected response.
struct PairRow: PreferenceRow {
  private let id: String?
  private let source: String?
  private let language: String?
  private let conversation: Conversation
  private let responses: [String]
  private let category: String?
  private let capabilityName: String?
  private let margin: Float?
  private let annotator: String?

  init(from decoder: any Decoder) throws {
    let row = try decoder.container(keyedBy: RowKey.self)
    id = try row.decodeIfPresent(RowIdentifier.self, forKey: "id")?.text
    source = try row.decodeIfPresent(String.self, forKey: "source")
    language = try row.decodeFirst(String.self, of: "language", "lang")
    category = try row.decodeFirst(String.self, of: "category", "task")
    capabilityName = try row.decodeIfPresent(String.self, forKey: "capability")
    margin = try row.decodeIfPresent(Float.self, forKey: "margin")
    annotator = try row.decodeIfPresent(String.self, forKey: "annotator")

    let chosen = try row.decode(TextOrMessages.self, forKey: "chosen")
    let rejected = try row.decode(TextOrMessages.self, forKey: "rejected")
    let prompt: TextOrMessages?
    if case .text = chosen, row.contains("messages") {
      prompt = .messages(try row.decode([Message].self, forKey: "messages"))
    } else {
      prompt = try row.decodeIfPresent(TextOrMessages.self, forKey: "prompt")
    }
    (conversation, responses) = try Self.separate(prompt, chosen, rejected)
  }

  func samples(id fallback: String) throws -> [RankedResponses] {
    [
      try RankedResponses(
        id: id ?? fallback, source: source, language: language, conversation: conversation, responses: responses,
        ranks: [1, 2], category: category, capability: capability(capabilityName), margin: margin,
        annotator: annotator)
    ]
  }

  private static func separate(
    _ prompt: TextOrMessages?, _ chosen: TextOrMessages, _ rejected: TextOrMessages
  ) throws(DataError) -> (Conversation, [String]) {
    switch (prompt, chosen, rejected) {
    case (.messages(let turns), .text(let chosen), .text(let rejected)):
      return (try Conversation(turns), [chosen, rejected])
    case (.text(let prompt), .text(let chosen), .text(let rejected)):
      return (try Conversation(prompt: prompt), [chosen, rejected])
    case (nil, .text(let chosen), .text(let rejected)):
      let prefix = commonPrefix(chosen, rejected)
      guard !prefix.isEmpty else {
        throw .malformedRow(reason: "no \"prompt\", and \"chosen\" and \"rejected\" have no common beginning")
      }
      let rest = [chosen, rejected].map { String($0.unicodeScalars.dropFirst(prefix.count)) }
      return (try Conversation(prompt: String(prefix)), rest)
    case (let prompt, .messages(let chosen), .messages(let rejected)):
      return try separate(prompt, chosen, rejected)
    default:
      throw .malformedRow(reason: "\"chosen\" and \"rejected\" are not both strings or both lists of messages")
    }
  }

  private static func separate(
    _ prompt: TextOrMessages?, _ chosen: [Message], _ rejected: [Message]
  ) throws(DataError) -> (Conversation, [String]) {
    // Some published sets repeat the whole conversation in both lists although they have a prompt as well.
    let isWhole = chosen.first.map { $0.role != .assistant } ?? false
    switch prompt {
    case .text(let text) where !isWhole:
      return (try Conversation(prompt: text), [try onlyReply(chosen, "chosen"), try onlyReply(rejected, "rejected")])
    case .messages(let turns) where !isWhole:
      return (try Conversation(turns), [try onlyReply(chosen, "chosen"), try onlyReply(rejected, "rejected")])
    default:
      let count = zip(chosen, rejected).prefix { $0 == $1 }.count
      // Two equal replies leave no difference to find; the reply is then the last message.
      let length = min(count, chosen.count - 1, rejected.count - 1)
      guard length > 0 else {
        throw .malformedRow(reason: "\"chosen\" and \"rejected\" have no common beginning")
      }
      return (
        try Conversation(Array(chosen[..<length])),
        [try onlyReply(chosen[length...], "chosen"), try onlyReply(rejected[length...], "rejected")]
      )
    }
  }

  private static func onlyReply(_ messages: some Collection<Message>, _ key: String) throws(DataError) -> String {
    guard let reply = messages.first, messages.count == 1, reply.role == .assistant else {
      throw .malformedRow(reason: "\(key): not exactly one assistant message after the prompt")
    }
    return reply.content
  }

  /// The prompt of two texts as `trl/data_utils.py:extract_prompt` finds it, on Unicode scalars.
  private static func commonPrefix(_ first: String, _ second: String) -> String.UnicodeScalarView.SubSequence {
    let (first, second) = (first.unicodeScalars, second.unicodeScalars)
    var end = first.startIndex
    for (index, other) in zip(first.indices, second) {
      guard first[index] == other else { break }
      end = first.index(after: index)
    }
    var prefix = first[..<end]
    if prefix.last == " " { prefix.removeLast() }
    return prefix
  }
}
