@_spi(Command) import DMoERM
import Foundation

/// What is shown of an experiment that is done.
struct ExperimentOutcome {
  let lines: [String]
  let json: String
  /// All tables, with these facts before the others.
  let markdown: (_ facts: [(String, String)]) -> String
  /// As SVG, for the page; empty where there is none.
  var picture = ""
  /// What was written into the experiment's folder.
  let files: [URL]

  /// Writes a result in its three forms.
  static func write(json: String, markdown: String, html: String, to folder: URL) throws -> [URL] {
    try [("result.json", json), ("result.md", markdown), ("report.html", html)].map { name, content in
      let url = folder.appendingPathComponent(name)
      try Data(content.utf8).replaceFile(at: url)
      return url
    }
  }
}
