/// A row of `PreferenceFormat.messagePairs` or `.trl`: a chosen and a rejected response.
struct PairRow: PreferenceRow {
  private let id: String?
  private let source: String?
  private let language: String?
  private let pair: ConversationPair
  private let category: String?
  private let capabilityName: String?
  private let margin: Float?
  private let annotator: String?

  init(_ row: RowObject, _ notes: inout RowNotes) throws(DataError) {
    let chosen = try row.requiring(row.textOrMessages("chosen", &notes), "chosen")
    let rejected = try row.requiring(row.textOrMessages("rejected", &notes), "rejected")
    let isMessagePair = if case .text = chosen { row["messages"] != nil } else { false }
    let format: PreferenceFormat = isMessagePair ? .messagePairs : .trl
    try row.check(format.keyUses, &notes)
    id = try row.identifier()
    source = try row.text("source")
    language = try row.text("language", or: "lang")
    category = try row.text("category", or: "task")
    capabilityName = try row.text("capability")
    margin = try row.number("margin")
    annotator = try row.text("annotator")

    let prompt = try row.textOrMessages("prompt", &notes)
    let messages = try row.messages("messages", &notes)
    if prompt == nil, messages == nil { try Self.checkPromptIsNotElsewhere(row) }
    pair = try ConversationPair(prompt: prompt, messages: messages, chosen: chosen, rejected: rejected)
  }

  func samples(id fallback: String) throws(DataError) -> [RankedResponses] {
    [
      try RankedResponses(
        id: id ?? fallback, source: source, language: language, conversation: pair.conversation,
        responses: pair.responses, ranks: [1, 2], category: category, capability: capability(capabilityName),
        margin: margin, annotator: annotator)
    ]
  }

  /// Some published sets call the prompt otherwise; without it, texts would be taken for whole ones.
  private static func checkPromptIsNotElsewhere(_ row: RowObject) throws(DataError) {
    for key in ["question", "instruction", "input", "query", "context", "conversation", "conversations", "history"] {
      guard let value = row[key], !value.isBlank else { continue }
      throw .malformedRow(reason: "\"\(key)\" is not read and there is no \"prompt\": name it \"prompt\"")
    }
  }
}
