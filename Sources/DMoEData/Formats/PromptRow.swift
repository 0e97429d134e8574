/// A row of `PreferenceFormat.prompts`.
struct PromptRow {
  private let id: String?
  private let source: String?
  private let language: String?
  private let conversation: Conversation
  private let category: String?

  init(_ row: RowObject, _ notes: inout RowNotes) throws(DataError) {
    try row.check(PreferenceFormat.prompts.keyUses, &notes)
    id = try row.identifier()
    source = try row.text("source")
    language = try row.text("language", or: "lang")
    conversation = try row.conversation(&notes)
    category = try row.text("category", or: "task")
  }

  func sample(id fallback: String) throws(DataError) -> CategorizedPrompt {
    try CategorizedPrompt(
      id: id ?? fallback, source: source, language: language, conversation: conversation, category: category)
  }
}
