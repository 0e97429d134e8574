import Foundation

/// What was measured on one machine in one run.
struct Report: Codable {
  static let currentSchema = "dmoerm-bench/2"

  var schema = Report.currentSchema
  let date: String
  let machine: Machine
  /// Threads that a run may use.
  let threads: Int
  /// By the name of what it is the version of.
  var versions: [String: String]
  /// File name of the backbone; nil where none was needed.
  var backbone: String?
  var results: [Measurement]

  subscript(item: String, engine: EngineName) -> Measurement? {
    results.first { $0.item == item && $0.engine == engine }
  }

  static func read(_ url: URL) throws -> Report {
    let data = try Data(contentsOf: url)
    let report: Report
    do {
      report = try JSONDecoder().decode(Report.self, from: data)
    } catch {
      throw BenchmarkError("\(url.path) is no report of a benchmark: \(error)")
    }
    guard report.schema == currentSchema else {
      throw BenchmarkError("\(url.path) has schema \(report.schema), expected \(currentSchema)")
    }
    return report
  }

  func write(to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try (encoder.encode(self) + Data("\n".utf8)).write(to: url, options: .atomic)
  }
}

/// Why a benchmark could not be run.
struct BenchmarkError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
