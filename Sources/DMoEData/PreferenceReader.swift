public import Foundation

/// Reads preference samples one by one, in memory that does not grow with the file.
///
/// ```swift
/// var reader = try PreferenceReader(contentsOf: url, options: ReadingOptions(invalidLines: .skip))
/// while let sample = try reader.next() { ... }
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
  public init(_ lines: consuming JSONLines, options: ReadingOptions = ReadingOptions()) {
    rows = RowCursor(lines, options: options)
  }

  /// What became of the lines read so far.
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

  /// All samples of a file, and what became of its lines.
  ///
  /// - Throws: what `next()` throws.
  public static func readAll(
    contentsOf url: URL, options: ReadingOptions = ReadingOptions()
  ) throws(DataError) -> (samples: [RankedResponses], report: ReadingReport) {
    try readAll(JSONLines(contentsOf: url), options: options)
  }

  /// All samples of some lines, and what became of the lines.
  ///
  /// - Throws: what `next()` throws.
  public static func readAll(
    _ lines: consuming JSONLines, options: ReadingOptions = ReadingOptions()
  ) throws(DataError) -> (samples: [RankedResponses], report: ReadingReport) {
    var reader = PreferenceReader(lines, options: options)
    var samples: [RankedResponses] = []
    while let sample = try reader.next() { samples.append(sample) }
    return (samples, reader.report)
  }
}
