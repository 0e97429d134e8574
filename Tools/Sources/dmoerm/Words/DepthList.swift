import ArgumentParser
@_spi(Command) import DMoERM

/// Depths of a backbone as one word: `8,16`.
struct DepthList: Equatable {
  var depths: [Int]

  /// - Throws: `ValidationError` for a part that is no whole number.
  init(_ text: String) throws {
    depths = try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let depth = Int(part.filter { $0 != " " }) else {
        throw ValidationError("\"\(String(part).onOneLine)\" is no depth; depths are numbers of layers, such as 8,16")
      }
      return depth
    }
  }
}
