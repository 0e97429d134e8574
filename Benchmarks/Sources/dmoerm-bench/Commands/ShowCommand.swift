import ArgumentParser
import Foundation

/// Shows what was measured before.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show the page of a run whose figures were written with --json.")

  @Argument(help: "The file.") var path: String
  @Flag(help: "As Markdown.") var markdown = false
  @Option(help: "As a page of its own in this folder, named after the CPU; its path is printed.") var into: String?

  func run() throws {
    let report = try Report.read(URL(fileURLWithPath: path))
    guard let into else { return print(markdown ? report.markdown : report.text) }
    let page = URL(fileURLWithPath: into).appendingPathComponent(report.machine.fileName + ".md")
    try Data(report.markdown.utf8).write(to: page)
    print(page.path)
  }
}
