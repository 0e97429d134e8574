/// A row of `PreferenceFormat.prompts`.
struct PromptRow: Decodable {
  private let id: String?
  private let source: String?
  private let language: String?
  private let conversation: Conversation
  private let category: String?

  init(from decoder: any Decoder) throws {
    let row = try decoder.container(keyedBy: RowKey.self)
    id = try row.decodeIfPresent(RowIdentifier.self, forKey: "id")?.text
    source = try row.decodeIfPresent(String.self, forKey: "source")
    language = try row.decodeFirst(String.self, of: "language", "lang")
    conversation = try row.decodeConversation()
    category = try row.decodeFirst(String.self, of: "category", "task")
  }

  func sample(id fallback: String) throws(DataError) -> CategorizedPrompt {
    try CategorizedPrompt(
      id: id ?? fallback, source: source, language: language, conversation: conversation, category: category)
  }
}
