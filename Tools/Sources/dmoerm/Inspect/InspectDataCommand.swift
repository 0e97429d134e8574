import ArgumentParser
@_spi(Command) import DMoERM

/// Counts what a data file holds.
struct InspectDataCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Count what a data file holds.",
    discussion: """
      Invalid lines are counted, not fatal. Forms of rows, one JSON object a line:
        native        {"prompt" or "conversation", "responses", "ranks" ...}
        trl           {"prompt", "chosen", "rejected"}
        message-pairs {"messages", "chosen", "rejected", "task", "capability"}
        mtmc          {"label", "src", "tgt", "response", "rank"}
        prompts       {"prompt" or "messages", "category"}

      Examples:
        dmoerm inspect data preferences.jsonl
        zcat preferences.jsonl.gz | dmoerm inspect data - --json
      """)

  @Argument(help: "A JSON Lines file; - reads standard input.") var file: String
  @Option(help: "The form of the rows; judged by the first row if not given.") var format: Choice<PreferenceFormat>?
  @Flag(help: "Print one JSON object.") var json = false

  func run() async throws {
    let file = DataFile(file)
    var options = ReadingOptions(skipsInvalidLines: true)
    options.format = format?.value
    let summary = try summary(of: file, options)
    Console.output.print(json ? [try JSONOutput.line(summary)] : summary.lines(Console.output.terminal))
  }

  private func summary(of file: DataFile, _ options: ReadingOptions) throws -> DataSummary {
    // Standard input cannot be read twice, so it is prompts only if it says so.
    if options.format == .prompts || (options.format == nil && !file.isStandardInput && isPrompts(file)) {
      let result = try file.prompts(options)
      return DataSummary(file: file.name, prompts: result.prompts, report: result.report)
    }
    let result = try file.samples(options)
    return DataSummary(file: file.name, samples: result.samples, report: result.report)
  }

  /// Whether the first readable row has a category and no preference.
  private func isPrompts(_ file: DataFile) -> Bool {
    guard let lines = try? file.lines() else { return false }
    var reader = PromptReader(lines, options: ReadingOptions(skipsInvalidLines: true))
    guard (try? reader.next()) ?? nil != nil else { return false }
    return reader.report.format == .prompts
  }
}
