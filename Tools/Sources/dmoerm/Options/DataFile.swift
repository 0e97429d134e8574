@_spi(Command) import DMoERM
import Foundation

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
    } catch {
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
    } catch {
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
