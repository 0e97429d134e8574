import Foundation

/// A regular expression of an adapter's file for paths of modules, which is given up where it takes too long: some take longer
/// than anyone has for texts of a few dozen characters.
struct PathPattern {
  private let expression: NSRegularExpression
  private let text: String
  /// The folder of the file, for errors.
  private let path: String
  private let patience: Int

  /// An expression for paths.
  ///
  /// - Parameters:
  ///   - text: The expression.
  ///   - path: The folder whose file it is of.
  ///   - patience: How often the system may report that it is still at it, each time after some ten thousand steps; a sensible
  ///     expression is done with a path before the first.
  /// - Throws: What the system says of an expression that is none.
  init(_ text: String, path: String, patience: Int = 64) throws {
    expression = try NSRegularExpression(pattern: text)
    self.text = text
    self.path = path
    self.patience = patience
  }

  /// The first place in a module's path, if there is one.
  ///
  /// - Throws: `ModelError.unsupportedAdapter` for an expression that takes too long.
  func firstMatch(in module: String) throws(ModelError) -> NSTextCheckingResult? {
    var found: NSTextCheckingResult?
    var reports = 0
    let patience = patience
    let whole = NSRange(module.startIndex..., in: module)
    expression.enumerateMatches(in: module, options: .reportProgress, range: whole) { match, flags, stop in
      found = match ?? found
      if flags.contains(.progress) { reports += 1 }
      if found != nil || reports > patience { stop.pointee = true }
    }
    guard found != nil || reports <= patience else {
      throw .unsupportedAdapter(path: path, reason: "the regular expression \(text) takes too long")
    }
    return found
  }

  /// Whether it is found in a module's path; those that must match all of it are anchored.
  ///
  /// - Throws: As `firstMatch(in:)`.
  func matches(_ module: String) throws(ModelError) -> Bool { try firstMatch(in: module) != nil }
}
