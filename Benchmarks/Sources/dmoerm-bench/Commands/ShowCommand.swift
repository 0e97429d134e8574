import ArgumentParser
import Foundation

/// Shows what was measured before.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show the page of a run whose figures were written with --json.")

  @Argument(help: "The file.") var path: String
  @Flag(help: "As Markdown.") var markdown = false

  func run() throws {
    let report = try Report.read(URL(fileURLWithPath: path))
    print(markdown ? report.markdown : report.text)
  }
}
