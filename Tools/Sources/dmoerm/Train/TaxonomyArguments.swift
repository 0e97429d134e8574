import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// Which task categories there are, and which of them the model has.
struct TaxonomyArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Task categories: paper, inferred (those of the data), single (one, without experts) or a JSON file.",
      discussion: "Default: paper; single where no row names a category or a capability point.", valueName: "name"),
    transform: pathWord)
  var taxonomy: String?
  @Option(parsing: .unconditional, help: "Train only these categories, separated by commas.") var categories: String?

  func validate() throws {
    if taxonomy == "single", categories != nil { throw Self.noChoice }
  }

  private static let noChoice = ValidationError("--categories chooses among several; a single one is trained")

  /// - Throws: `ValidationError` if there is nothing to choose among.
  func checkSingle() throws {
    if categories != nil { throw Self.noChoice }
  }

  /// The categories that are known without the data, if they are.
  ///
  /// - Throws: `ValidationError`, `Failure` or `DataError` for a file that is missing or no taxonomy.
  func known() throws -> Taxonomy? {
    switch taxonomy {
    case "paper", nil: return .paper
    case "inferred", "single": return nil
    case let path?:
      guard FileManager.default.fileExists(atPath: path) else {
        throw ValidationError("--taxonomy is paper, inferred, single or a JSON file; there is no file \(path)")
      }
      return try TaxonomyFile.read(path)
    }
  }

  /// The categories that --categories chooses.
  ///
  /// - Throws: `ValidationError` for one that does not exist.
  func restricted(_ whole: Taxonomy) throws -> Taxonomy {
    guard let categories else { return whole }
    let wanted = try categories.split(separator: ",").map { word in
      let name = word.trimmingCharacters(in: .whitespaces)
      guard let category = whole.category(named: name) else {
        let known = whole.categories.map(\.id).joined(separator: ", ")
        throw ValidationError("--categories: there is no category \(name); there are \(known)")
      }
      return category.id
    }
    return try Taxonomy(whole.categories.filter { wanted.contains($0.id) })
  }
}
