import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// How data files are read.
struct DataOptions: ParsableArguments {
  @Flag(name: .customLong("skip-invalid"), help: "Leave lines out that cannot be read, and count them.")
  var skipsInvalid = false
  @Option(
    help: ArgumentHelp(
      "The form of the rows: native, trl, messagePairs, mtmc or prompts.",
      discussion: "Default: judged by the keys of each file's first row."))
  var format: Format?

  enum Format: String, ExpressibleByArgument, CaseIterable { case native, trl, messagePairs, mtmc, prompts }

  func options(taxonomy: Taxonomy?, unknownNames: ReadingOptions.UnknownNames = .fail) -> ReadingOptions {
    ReadingOptions(
      format: format.flatMap { PreferenceFormat(rawValue: $0.rawValue) }, invalidLines: skipsInvalid ? .skip : .fail,
      taxonomy: taxonomy, unknownNames: unknownNames)
  }
}

/// A data file by the name on the command line, where - is standard input.
struct DataFile: Sendable, Equatable {
  let path: String

  init(_ path: String) { self.path = path }

  var isStandardInput: Bool { path == "-" }
  var name: String { isStandardInput ? "standard input" : path }

  /// Looks at the file before anything that takes long.
  ///
  /// - Throws: `Failure` for what is no file that can be read.
  func check() throws {
    if !isStandardInput { try InputFile(path).check() }
  }

  /// The lines, in a file that errors name as the user did.
  ///
  /// - Throws: `Failure` for what is no file that can be read.
  func lines() throws -> JSONLines {
    if isStandardInput { return JSONLines(handle: .standardInput, name: name) }
    try check()
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw Failure("\(path) cannot be opened: \(String(cString: strerror(errno)))", status: .badInput)
    }
    return JSONLines(handle: handle, name: name)
  }

  /// - Throws: `Failure` for a line that cannot be read, or if there is no sample; `DataError`.
  func samples(
    _ options: ReadingOptions, _ advice: Advice = Advice()
  ) throws -> (samples: [RankedResponses], report: ReadingReport) {
    var reader = PreferenceReader(try lines(), options: options)
    var samples: [RankedResponses] = []
    do {
      while let sample = try reader.next() { samples.append(sample) }
    } catch let error as DataError {
      throw failure(try whole(error, samples.count) { try reader.next() != nil }, options, advice)
    }
    guard !samples.isEmpty else { throw empty(reader.report, "preference") }
    return (samples, reader.report)
  }

  /// - Throws: `Failure` if there is no prompt; `DataError`.
  func prompts(_ options: ReadingOptions) throws -> (prompts: [CategorizedPrompt], report: ReadingReport) {
    var reader = PromptReader(try lines(), options: options)
    var prompts: [CategorizedPrompt] = []
    do {
      while let prompt = try reader.next() { prompts.append(prompt) }
    } catch let error as DataError {
      throw try whole(error, prompts.count) { try reader.next() != nil }
    }
    guard !prompts.isEmpty else { throw empty(reader.report, "prompt") }
    return (prompts, reader.report)
  }

  /// The error of a line, or, if no line of the file is valid, that of the file: leaving lines out would not help.
  private func whole(_ error: DataError, _ valid: Int, goOn: () throws -> Bool) throws -> DataError {
    guard case .badLine = error, valid == 0 else { return error }
    var errors = [error]
    var count = 1
    while true {
      do {
        guard try !goOn() else { return error }
        return .noValidLine(file: name, lines: count, first: errors)
      } catch let next as DataError {
        guard case .badLine = next else { return error }
        count += 1
        if errors.count < ReadingReport.keptErrorCount { errors.append(next) }
      }
    }
  }

  private func empty(_ report: ReadingReport, _ what: String) -> Failure {
    Failure(
      report.lineCount == 0
        ? "\(name) is empty" : "\(name) has no \(what): \(Numbers.count(report.lineCount, "line")) read, none of use",
      status: .badInput)
  }
}

extension [DataFile] {
  /// Each is a file that can be read; standard input can be read once.
  static func checked(_ paths: [String]) throws -> [DataFile] {
    let files = paths.map(DataFile.init)
    for file in files { try file.check() }
    guard files.filter(\.isStandardInput).count <= 1 else {
      throw ValidationError("standard input (-) can be read once only")
    }
    return files
  }

  /// The samples of all the files, with a note for each that had invalid lines.
  func samples(
    _ options: ReadingOptions, _ advice: DataFile.Advice = DataFile.Advice()
  ) throws -> (samples: [RankedResponses], notes: [String]) {
    var samples: [RankedResponses] = []
    var notes: [String] = []
    for file in self {
      let result = try file.samples(options, advice)
      samples += result.samples
      notes += result.report.notes(file.name)
    }
    return (samples, notes)
  }
}

extension ReadingReport {
  /// What a user should know of lines that were left out.
  func notes(_ file: String) -> [String] {
    var notes: [String] = []
    if invalidLineCount > 0 {
      notes.append("\(file): \(Numbers.count(invalidLineCount, "invalid line")) of \(lineCount) left out")
      notes += firstErrors.map { "  \($0)" }
    }
    if leftOutCount > 0 {
      notes.append("\(file): \(Numbers.count(leftOutCount, "sample")) of unknown capability points left out")
    }
    if !keysNotRead.isEmpty { notes.append(Self.note(keysNotRead: keysNotRead, file)) }
    return notes
  }

  /// Keys of rows that nothing was done with, told once a file.
  static func note(keysNotRead keys: [String], _ file: String) -> String {
    // Keys are the file's own, and so could be any text, and any number.
    let shown = keys.prefix(20).map { $0.onOneLine.truncated(to: 64, ellipsis: "...") }
    let more = keys.count - shown.count
    return "\(file): keys not read: \(shown.joined(separator: ", "))" + (more > 0 ? " and \(more) more" : "")
  }
}
