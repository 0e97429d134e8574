/// A row of `PreferenceFormat.mtmc`.
struct MTMCRow: PreferenceRow {
  private let id: String?
  private let category: String?
  private let conversation: Conversation
  private let responses: [String]
  private let ranks: [Int]

  init(_ row: RowObject, _ notes: inout RowNotes) throws(DataError) {
    try row.check(PreferenceFormat.mtmc.keyUses, &notes)
    id = try row.identifier()
    category = try row.text("label")
    responses = try row.responses("response")
    ranks = try row.requiring(row.ranks("rank"), "rank")

    let queries = try row.requiring(row.texts("src"), "src")
    let replies = try row.texts("tgt") ?? []
    guard let last = queries.last, replies.count == queries.count - 1 else {
      throw DataError.malformedRow(
        reason: "\"src\" has \(queries.count) turns and \"tgt\" \(replies.count); \"tgt\" must have one less")
    }
    conversation = try Conversation(
      zip(queries, replies).flatMap { [.user($0), .assistant($1)] } + [.user(last)])
  }

  func samples(id fallback: String) throws(DataError) -> [RankedResponses] {
    // The data counts ranks from 1; counting from 0 is taken as well, since only the order says something.
    let shift = ranks.contains(0) ? 1 : 0
    return [
      try RankedResponses(
        id: id ?? fallback, source: "mtmc-rlhf", conversation: conversation, responses: responses,
        ranks: ranks.map { $0 + shift }, category: category)
    ]
  }
}
