/// An error in a conversation, a preference sample, a taxonomy or a file that holds them.
///
/// No case carries the text of a prompt or a response: places are named by file, line, key and index.
public enum DataError: Error, Equatable, Sendable {
  // MARK: Files

  /// The file could not be opened or read.
  case unreadableFile(path: String, reason: String)
  /// The file could not be made, written or put in its place.
  case unwritableFile(path: String, reason: String)
  /// The file is gzip-compressed; compressed files are read through a pipe.
  case compressedFile(path: String)
  /// A line of a JSON Lines file is not a row of its format; lines count from 1.
  case badLine(file: String, line: Int, reason: String)
  /// No line of the file has the keys of a known format.
  case unknownFormat(file: String)
  /// No line of the file is a row of its format; `first` are the errors of the first ones.
  case noValidLine(file: String, lines: Int, first: [DataError])

  // MARK: Rows

  /// A value of a row is missing or of the wrong kind; `reason` names its key.
  case malformedRow(reason: String)
  /// A row names a task category that is not in the taxonomy.
  case unknownCategory(String)
  /// A row names a capability point that its task category does not have.
  case unknownCapability(String, category: String?)

  // MARK: Conversations

  /// A conversation has no turns.
  case emptyConversation
  /// The last turn of a conversation is not the user's, so there is nothing to respond to.
  case lastTurnNotUser
  /// A system turn stands elsewhere than at the beginning; turns count from 0.
  case misplacedSystemTurn(index: Int)
  /// A turn has no text but white space; turns count from 0.
  case emptyTurn(index: Int)

  // MARK: Ranked responses

  /// A sample, category or capability point has an empty identifier.
  case emptyIdentifier
  /// Fewer than two responses cannot be compared.
  case tooFewResponses(Int)
  /// There is not one rank for each response.
  case rankCountMismatch(responses: Int, ranks: Int)
  /// A rank is below 1.
  case invalidRank(Int)
  /// A response has no text but white space; responses count from 0.
  case emptyResponse(index: Int)
  /// The probability is outside 0 ... 1, or there are not exactly two responses for it to speak of.
  case invalidProbability(Float, responses: Int)
  /// The ranks put the other response first than the probability does.
  case contradictoryProbability(Float, ranks: [Int])
  /// The margin is not a finite number.
  case invalidMargin(Float)
  /// The weight is not a finite number of at least 0.
  case invalidWeight(Float)

  // MARK: Taxonomies and splits

  /// A taxonomy file is not JSON of the right shape; `reason` names the key.
  case malformedTaxonomy(path: String, reason: String)
  /// A taxonomy has no task category.
  case emptyTaxonomy
  /// An identifier is not a slug, or is one that the model bundle needs for itself.
  case invalidIdentifier(String)
  /// Two categories, or two points of one category, answer to the same identifier, name or alias.
  case duplicateName(String, in: String)
  /// Fractions of a split are not between 0 and 1, or do not add up to 1.
  case invalidFractions([Double])
}
