public import protocol Foundation.LocalizedError

extension DataError: CustomStringConvertible {
  /// One sentence that says what is wrong and where; never the text of a prompt or response.
  public var description: String {
    switch self {
    case .unreadableFile(let path, let reason): "cannot read \(path): \(reason)"
    case .unwritableFile(let path, let reason): "cannot write \(path): \(reason)"
    case .compressedFile(let path):
      "\(path) is gzip-compressed; decompress it, or pipe it in: zcat FILE | COMMAND -"
    case .badLine(let file, let line, let reason): "\(file):\(line): \(reason)"
    case .unknownFormat(let file): "\(file) has no row of a known preference format"

    case .noValidLine(let file, let lines, let first):
      "\(file): \(lines == 1 ? "its one line cannot" : "none of its \(lines) lines can") be read:"
        + first.map { "\n  \($0.description)" }.joined()

    case .malformedRow(let reason): reason
    case .unknownCategory(let name): "task category \(named(name)) is not in the taxonomy"
    case .unknownCapability(let name, let category?):
      "task category \(named(category)) has no capability point \(named(name))"
    case .unknownCapability(let name, nil): "no task category has a capability point \(named(name))"

    case .emptyConversation: "the conversation has no turns"
    case .lastTurnNotUser: "the last turn of the conversation is not the user's"
    case .misplacedSystemTurn(let index): "turn \(index) is a system turn; only the first turn may be"
    case .emptyTurn(let index): "turn \(index) of the conversation is empty"

    case .emptyIdentifier: "an identifier is empty"
    case .tooFewResponses(let count): "\(count) responses, at least 2 are needed"
    case .rankCountMismatch(let responses, let ranks): "\(responses) responses but \(ranks) ranks"
    case .invalidRank(let rank): "rank \(rank) is below 1"
    case .emptyResponse(let index): "responses[\(index)] is empty"
    case .invalidProbability(let probability, 2): "probability \(probability) is outside 0 ... 1"
    case .invalidProbability(_, let responses): "a probability needs exactly 2 responses, not \(responses)"
    case .contradictoryProbability(let probability, let ranks):
      "probability \(probability) contradicts the ranks \(ranks)"
    case .invalidMargin(let margin): "margin \(margin) is not a finite number"
    case .invalidWeight(let weight): "weight \(weight) is not a finite number of at least 0"

    case .malformedTaxonomy(let path, let reason): "\(path) is not a taxonomy: \(reason)"
    case .emptyTaxonomy: "the taxonomy has no task category"
    case .invalidIdentifier(let id):
      "\(named(id)) cannot be an identifier: 1 to 64 of a-z 0-9 _ -, not starting with - or _, and not a reserved name"
    case .duplicateName(let name, let place): "\(named(name)) occurs twice in \(place)"
    case .invalidFractions(let fractions): "\(fractions) are not fractions of one whole"
    }
  }

  /// A name in quotes, unless it is so long that it may be a text in the wrong place.
  private func named(_ name: String) -> String {
    name.utf8.count <= 64 ? "\"\(name)\"" : "of \(name.utf8.count) bytes"
  }
}

extension DataError: FileFailure {}

extension DataError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
