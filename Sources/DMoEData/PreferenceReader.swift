public import Foundation

/// A reader of preference samples, one by one, in memory that does not grow with the file.
///
/// ```swift
/// var reader = try PreferenceReader(contentsOf: url, options: ReadingOptions(skipsInvalidLines: true))
/// while let sample = try reader.next() { print(sample.conversation.userTurns.count, sample.ranks) }
/// print(reader.report.invalidLineCount)
/// ```
public struct PreferenceReader: ~Copyable, Sendable {
  private var rows: RowCursor
  private var waiting: ArraySlice<RankedResponses> = []

  /// Reads from a file.
  ///
  /// - Throws: `DataError.unreadableFile`.
  public init(contentsOf url: URL, options: ReadingOptions = ReadingOptions()) throws(DataError) {
    self.init(try JSONLines(contentsOf: url), options: options)
  }

  /// Reads from lines, such as those of standard input.
  @_spi(Command) public init(_ lines: consuming JSONLines, options: ReadingOptions = ReadingOptions()) {
    rows = RowCursor(lines, options: options)
  }

  /// A count of the lines read so far: valid, invalid, left out.
  public var report: ReadingReport { rows.report }

  /// The next sample, or nil at the end.
  ///
  /// - Throws: `DataError.badLine` unless invalid lines are skipped, `.unknownFormat` if all were skipped before a
  ///   format was found, `.compressedFile` or `.unreadableFile`.
  public mutating func next() throws(DataError) -> RankedResponses? {
    while waiting.isEmpty {
      guard let samples = try rows.nextSamples() else { return nil }
      waiting = samples[...]
    }
    return waiting.removeFirst()
  }

  /// Reads all samples of a file, with a count of its valid and invalid lines.
  ///
  /// - Throws: what `next()` throws.
  public static func readAll(
    contentsOf url: URL, options: ReadingOptions = ReadingOptions()
  ) throws(DataError) -> (samples: [RankedResponses], report: ReadingReport) {
    try readAll(JSONLines(contentsOf: url), options: options)
  }

  /// Reads all samples of some lines, with a count of valid and invalid ones.
  ///
  /// - Throws: what `next()` throws.
  @_spi(Command) public static func readAll(
    _ lines: consuming JSONLines, options: ReadingOptions = ReadingOptions()
  ) throws(DataError) -> (samples: [RankedResponses], report: ReadingReport) {
    var reader = PreferenceReader(lines, options: options)
    var samples: [RankedResponses] = []
    while let sample = try reader.next() { samples.append(sample) }
    return (samples, reader.report)
  }
}
