import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// How data files are read.
struct DataOptions: ParsableArguments {
  @Flag(name: .customLong("skip-invalid"), help: "Leave lines out that cannot be read, and count them.")
  var skipsInvalid = false
  @Option(
    help: ArgumentHelp(
      "The form of the rows: \(Choice<PreferenceFormat>.listed).",
      discussion: "Default: judged by the keys of each file's first row."))
  var format: Choice<PreferenceFormat>?

  func options(taxonomy: Taxonomy?, dropsUnknownNames: Bool = false) -> ReadingOptions {
    ReadingOptions(
      format: format?.value, skipsInvalidLines: skipsInvalid, taxonomy: taxonomy, dropsUnknownNames: dropsUnknownNames)
  }
}
