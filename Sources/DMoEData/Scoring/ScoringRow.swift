/// A conversation with responses that are to be scored: one line of `ScoringReader`.
@_spi(Command) public struct ScoringRow: Sendable, Hashable {
  /// What the responses answer.
  public let conversation: Conversation
  /// The responses; at least one, none of them blank.
  public let responses: [String]
  /// Whether the responses were a list, be it of one.
  public let isList: Bool
  /// The task category by the name that the row has for it; nil leaves it to the router.
  public let category: String?

  init(_ row: RowObject, _ notes: inout RowNotes) throws(DataError) {
    try row.check(KeyUse.scoring, &notes)
    category = try row.text("category", or: "task")
    switch (row["response"], row["responses"]) {
    case (nil, nil): throw .malformedRow(reason: "missing key \"response\" or \"responses\"")
    case (_?, _?): throw .malformedRow(reason: "both \"response\" and \"responses\": leave one out")
    case (_?, nil):
      responses = [try row.requiring(row.text("response"), "response")]
      guard !responses[0].isBlank else { throw .malformedRow(reason: "response: the response is empty") }
      isList = false
    case (nil, _?):
      responses = try row.responses("responses")
      guard !responses.isEmpty else { throw .malformedRow(reason: "responses: no response") }
      isList = true
    }
    conversation = try row.conversation(&notes)
  }
}
