/// Counts of values by how great they are, as Prometheus has them: every bucket counts all values up to its bound.
struct Histogram: Sendable {
  private let bounds: [Double]
  private var counts: [Int]
  private var sum = 0.0

  /// - Parameter bounds: Upper bounds, ascending.
  init(bounds: [Double]) {
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count + 1)
  }

  /// From a millisecond to five minutes.
  static let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
  /// Rewards, which are some deviations of the training rewards.
  static let rewards = [-10, -5, -3, -2, -1, -0.5, 0, 0.5, 1, 2, 3, 5, 10]

  mutating func add(_ value: Double) {
    counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
    sum += value
  }

  /// The lines of one series.
  ///
  /// - Parameter labels: As they stand in braces, such as `path="/score"`; empty for none.
  func lines(_ name: String, labels: String) -> [String] {
    var total = 0
    let comma = labels.isEmpty ? "" : labels + ","
    var lines = zip(bounds + [.infinity], counts).map { bound, count in
      total += count
      return "\(name)_bucket{\(comma)le=\"\(bound == .infinity ? "+Inf" : MetricText.number(bound))\"} \(total)"
    }
    let braces = labels.isEmpty ? "" : "{\(labels)}"
    lines.append("\(name)_sum\(braces) \(MetricText.number(sum))")
    lines.append("\(name)_count\(braces) \(total)")
    return lines
  }
}
