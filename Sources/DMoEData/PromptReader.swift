/// A reader of prompts for the router, one by one, from rows of any format; each row gives one prompt.
@_spi(Command) public struct PromptReader: ~Copyable, Sendable {
  private var rows: RowCursor
  private var waiting: ArraySlice<CategorizedPrompt> = []

  /// Reads from lines, such as those of standard input.
  public init(_ lines: consuming JSONLines, options: ReadingOptions = ReadingOptions()) {
    rows = RowCursor(lines, options: options)
  }

  /// A count of the lines read so far: valid, invalid, left out.
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

  /// Reads all prompts of some lines, with a count of valid and invalid ones.
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
