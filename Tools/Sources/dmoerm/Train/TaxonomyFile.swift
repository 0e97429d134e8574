import DMoERM
import Foundation

/// A JSON file of task categories.
enum TaxonomyFile {
  /// - Throws: `Failure` for a file that is missing or no JSON; `DataError` for what is no taxonomy.
  static func read(_ path: String) throws -> Taxonomy {
    let content = try InputFile(path, option: "--taxonomy").content()
    do { _ = try JSONValue(text: content) } catch {
      throw Failure("\(path):\(error.line): \(error.reason)", status: .badInput)
    }
    return try Taxonomy(contentsOf: URL(fileURLWithPath: path))
  }
}
