import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

extension [DataFile] {
  /// Looks at each before anything that takes long.
  ///
  /// - Throws: `Failure` for what is no file that can be read; `ValidationError` for standard input given twice.
  func check() throws {
    for file in self { try file.check() }
    guard filter(\.isStandardInput).count <= 1 else {
      throw ValidationError("standard input (-) can be read once only")
    }
  }

  /// - Throws: `ValidationError` for a file given twice, whose rows would count twice.
  func checkDistinct() throws {
    var places: Set<String> = []
    for file in self where !file.isStandardInput {
      guard places.insert(URL(fileURLWithPath: file.path).place).inserted else {
        throw ValidationError("\(file.path) is given twice: its rows would count twice")
      }
    }
  }

  /// Files that have been looked at.
  static func checked(_ paths: [String]) throws -> [DataFile] {
    let files = paths.map(DataFile.init)
    try files.check()
    try files.checkDistinct()
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

  /// The prompts of all the files, with a note for each that had invalid lines.
  func prompts(_ options: ReadingOptions) throws -> (prompts: [CategorizedPrompt], notes: [String]) {
    var prompts: [CategorizedPrompt] = []
    var notes: [String] = []
    for file in self {
      let result = try file.prompts(options)
      prompts += result.prompts
      notes += result.report.notes(file.name)
    }
    return (prompts, notes)
  }
}
