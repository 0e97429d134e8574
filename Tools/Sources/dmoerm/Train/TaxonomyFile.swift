@_spi(Command) import DMoERM
import Foundation

/// A JSON file of task categories.
enum TaxonomyFile {
  /// - Throws: `Failure` for a file that is missing; `DataError` for what is no taxonomy.
  static func read(_ path: String) throws -> Taxonomy {
    try InputFile(path, option: "--taxonomy").check()
    return try Taxonomy(contentsOf: URL(fileURLWithPath: path))
  }
}
