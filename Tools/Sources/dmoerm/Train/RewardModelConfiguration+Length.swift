@_spi(Command) import DMoERM

extension RewardModel.Configuration {
  /// Lowers the longest text that nobody set to what the backbone reads.
  ///
  /// - Parameter source: What set it, such as "--maximum-tokens"; nil for the default.
  /// - Returns: A line that says so; nil where nothing had to change.
  /// - Throws: `Failure` for a value that someone set and the backbone cannot read.
  mutating func fitLength(to contextLength: Int, setBy source: String?) throws -> String? {
    guard maximumTokens > contextLength else { return nil }
    if let source {
      throw Failure(
        "\(source) is \(maximumTokens), but the backbone reads up to \(contextLength) tokens",
        hint: "--maximum-tokens \(contextLength) is the most.", status: .usage)
    }
    defer { maximumTokens = contextLength }
    return "texts may have \(contextLength) tokens instead of \(maximumTokens), for the backbone reads no more"
  }
}
