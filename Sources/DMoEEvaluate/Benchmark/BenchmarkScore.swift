/// A figure of a benchmark with its 95 % interval, by prompts.
public struct BenchmarkScore: Sendable, Hashable, Codable {
  /// What it is of: a subset, a domain, a scenario.
  public let name: String
  /// The number of items it holds.
  public let items: Int
  /// How many different prompts they have.
  public let prompts: Int
  /// The figure: a share in 0 ... 1, or a number where its table says so.
  public let value: Double
  /// The lower end of the interval.
  public let lower: Double
  /// The upper end of the interval.
  public let upper: Double
  /// The same figure where the longer response (in characters) always gets the greater reward.
  public let longerReply: Double
}

/// Scores of a benchmark that belong together.
public struct BenchmarkTable: Sendable, Hashable, Codable {
  /// What the figures of a table are.
  public enum Unit: String, Sendable, Hashable, Codable {
    /// Shares in 0 ... 1, shown as percent.
    case share
    /// Numbers such as correlations, shown as they are.
    case number
  }

  /// What its scores are of, such as "subset".
  public let title: String
  /// What they are.
  public let unit: Unit
  /// In the benchmark's order, or that of their names.
  public let scores: [BenchmarkScore]
}
