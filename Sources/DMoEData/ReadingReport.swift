/// A count of the lines of a file: valid, invalid, left out.
public struct ReadingReport: Sendable, Equatable {
  /// The format that was named or detected; nil until the first row is read.
  public internal(set) var format: PreferenceFormat?
  /// The number of lines read that are not blank.
  public var lineCount: Int { validLineCount + invalidLineCount }
  /// The number of lines that were rows of the format.
  public internal(set) var validLineCount = 0
  /// The number of samples that the lines gave.
  public internal(set) var sampleCount = 0
  /// The number of samples left out because their capability point is not in the taxonomy.
  public internal(set) var leftOutCount = 0
  /// The number of invalid lines that were skipped.
  public internal(set) var invalidLineCount = 0
  /// The first errors of invalid lines, no more than `keptErrorCount`.
  public internal(set) var firstErrors: [DataError] = []

  /// Keys of valid rows that nothing is known of and nothing was done with, by name; `messages[].id` is one of messages.
  public var keysNotRead: [String] { notes.keysNotRead.sorted() }
  private var notes = RowNotes()

  /// How many errors are kept.
  public static let keptErrorCount = 5

  mutating func add(_ more: RowNotes) {
    notes.keysNotRead.formUnion(more.keysNotRead)
  }

  mutating func skip(_ error: DataError) {
    invalidLineCount += 1
    if firstErrors.count < Self.keptErrorCount { firstErrors.append(error) }
  }
}
