import ArgumentParser
import DMoERM
import Foundation

/// In respect of what responses are compared.
struct PointArguments: ParsableArguments {
  @Option(
    parsing: .unconditional, help: ArgumentHelp("Task categories: paper, or a JSON file.", valueName: "name"),
    transform: pathWord) var taxonomy = "paper"
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Ask only for these capability points, separated by commas; all of a sample's category if not given.",
      valueName: "names"))
  var points: String?
  @Flag(help: "Ask for the overall quality, too; the only question for samples without a category.")
  var overall = false
  @Option(help: "Take only so many of the samples' pairs, spread over the categories.") var pairs: Int?

  func validate() throws {
    if let pairs, pairs < 1 { throw ValidationError("--pairs must be at least 1, not \(pairs)") }
  }

  func table() throws -> Taxonomy {
    if taxonomy == "paper" { return .paper }
    guard FileManager.default.fileExists(atPath: taxonomy) else {
      throw ValidationError("--taxonomy is paper or a JSON file; there is no file \(taxonomy)")
    }
    return try TaxonomyFile.read(taxonomy)
  }

  var selection: ComparisonPlan.Points {
    let names = points.map { text in
      text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
    return ComparisonPlan.Points(names: names, overall: overall)
  }
}
