import ArgumentParser

/// The numbers that options and settings may have.
enum Bounds {
  /// The library's: more makes no sense for any layer.
  static let ranks = 1...(1 << 14)
  /// What works side by side, be it threads or members of an experiment.
  static let workers = 1...1024

  /// - Parameter option: How the command line names the number, such as "--rank".
  /// - Throws: `ValidationError` for a number outside the range.
  static func check(_ option: String, _ value: Int?, _ range: ClosedRange<Int>) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError("\(option) must be \(range.lowerBound) to \(range.upperBound), not \(value)")
  }
}
