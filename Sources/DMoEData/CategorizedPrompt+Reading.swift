public import Foundation

extension CategorizedPrompt {
  /// Reads all prompts of a file of any preference format, with a count of its valid and invalid lines; each row gives one
  /// prompt.
  ///
  /// ```swift
  /// let (prompts, report) = try CategorizedPrompt.readAll(contentsOf: url, options: ReadingOptions(taxonomy: .paper))
  /// print(prompts.count, report.invalidLineCount)
  /// ```
  ///
  /// - Throws: `DataError.badLine` unless invalid lines are skipped, `.unknownFormat` if all were skipped before a
  ///   format was found, `.compressedFile` or `.unreadableFile`.
  public static func readAll(
    contentsOf url: URL, options: ReadingOptions = ReadingOptions()
  ) throws(DataError) -> (prompts: [CategorizedPrompt], report: ReadingReport) {
    try PromptReader.readAll(JSONLines(contentsOf: url), options: options)
  }
}
