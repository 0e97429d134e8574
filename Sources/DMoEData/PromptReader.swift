public import Foundation

/// Reads prompts for the router one by one, from rows of any format; each row gives one prompt.
public struct PromptReader: ~Copyable, Sendable {
  private var rows: RowCursor
  private var waiting: ArraySlice<CategorizedPrompt> = []

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

  /// The next prompt, or nil at the end.
  ///
  /// - Throws: `DataError.badLine` unless invalid lines are skipped, `.unknownFormat` if all were skipped before a
  ///   format was found, `.compressedFile` or `.unreadableFile`.
  public mutating func next() throws(DataError) -> CategorizedPrompt? {
    while waiting.isEmpty {
      guard let prompts = try rows.nextPrompts() else { return nil }
      waiting = prompts[...]
    }
    return waiting.removeFirst()
  }

  /// All prompts of a file, and what became of its lines.
  ///
  /// - Throws: what `next()` throws.
  public static func readAll(
    contentsOf url: URL, options: ReadingOptions = ReadingOptions()
  ) throws(DataError) -> (prompts: [CategorizedPrompt], report: ReadingReport) {
    try readAll(JSONLines(contentsOf: url), options: options)
  }

  /// All prompts of some lines, and what became of the lines.
  ///
  /// - Throws: what `next()` throws.
  public static func readAll(
    _ lines: consuming JSONLines, options: ReadingOptions = ReadingOptions()
  ) throws(DataError) -> (prompts: [CategorizedPrompt], report: ReadingReport) {
    var reader = PromptReader(lines, options: options)
    var prompts: [CategorizedPrompt] = []
    while let prompt = try reader.next() { prompts.append(prompt) }
    return (prompts, reader.report)
  }
}
