import ArgumentParser
@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM
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
    if names?.isEmpty == true, !overall { throw ValidationError("--points names no point") }
  }

  func table() throws -> Taxonomy {
    if taxonomy == "paper" { return .paper }
    guard FileManager.default.fileExists(atPath: taxonomy) else {
      throw ValidationError("--taxonomy is paper or a JSON file; there is no file \(taxonomy)")
    }
    return try TaxonomyFile.read(taxonomy)
  }

  /// - Throws: `Failure` for a point that the taxonomy does not have.
  func check(_ table: Taxonomy) throws {
    do {
      _ = try plan([], table)
    } catch {
      var names: [String] = []
      for point in table.categories.flatMap(\.points) where !names.contains(point.id) { names.append(point.id) }
      throw Failure(
        "--points: \(error)",
        hint: names.isEmpty
          ? "The categories of --taxonomy have no points; --overall asks for the overall quality."
          : "Those of --taxonomy: \(names.joined(separator: ","))",
        status: .usage)
    }
  }

  /// The comparisons that these points ask of samples.
  func plan(_ samples: [RankedResponses], _ taxonomy: Taxonomy) throws(DataError) -> ComparisonPlan {
    try ComparisonPlan(samples: samples, taxonomy: taxonomy, points: names, overall: overall)
  }

  /// The points that were asked for; nil is all.
  var names: [String]? {
    points.map { text in
      text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
  }
}
