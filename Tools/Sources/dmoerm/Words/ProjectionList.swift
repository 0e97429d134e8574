import ArgumentParser
@_spi(Command) import DMoERM

/// Projections as one word: `query,value`, by PEFT's names, or `all`.
struct ProjectionList: Equatable {
  var projections: [Projection]

  /// - Throws: `ValidationError` for a projection that does not exist.
  init(_ text: String) throws {
    guard text != "all" else {
      projections = Projection.allCases
      return
    }
    projections = try text.split(separator: ",").map { part in
      let word = part.trimmingPrefix { $0 == " " }
      guard let match = Projection.allCases.first(where: { "\($0)" == word || $0.name == word }) else {
        let names = Projection.allCases.map { "\($0)" }.joined(separator: ", ")
        throw ValidationError("there is no projection \"\(String(word).onOneLine)\" to adapt; there are \(names)")
      }
      return match
    }
  }
}
