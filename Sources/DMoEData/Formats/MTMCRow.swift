/// A row of `PreferenceFormat.mtmc`.
struct MTMCRow: PreferenceRow {
  private let id: String?
  private let category: String?
  private let conversation: Conversation
  private let responses: [String]
  private let ranks: [Int]

  init(from decoder: any Decoder) throws {
    let row = try decoder.container(keyedBy: RowKey.self)
    id = try row.decodeIfPresent(RowIdentifier.self, forKey: "id")?.text
    category = try row.decodeIfPresent(String.self, forKey: "label")
    responses = try row.decode([String].self, forKey: "response")
    ranks = try row.decodeRanks(forKey: "rank")

    let queries = try row.decode([String].self, forKey: "src")
    let replies = try row.decodeIfPresent([String].self, forKey: "tgt") ?? []
    guard let last = queries.last, replies.count == queries.count - 1 else {
      throw DataError.malformedRow(
        reason: "\"src\" has \(queries.count) turns and \"tgt\" \(replies.count); \"tgt\" must have one less")
    }
    conversation = try Conversation(
      zip(queries, replies).flatMap { [.user($0), .assistant($1)] } + [.user(last)])
  }

  func samples(id fallback: String) throws -> [RankedResponses] {
    // The data counts ranks from 1; counting from 0 is taken as well, since only the order says something.
    let shift = ranks.contains(0) ? 1 : 0
    return [
      try RankedResponses(
        id: id ?? fallback, source: "mtmc-rlhf", conversation: conversation, responses: responses,
        ranks: ranks.map { $0 + shift }, category: category)
    ]
  }
}
