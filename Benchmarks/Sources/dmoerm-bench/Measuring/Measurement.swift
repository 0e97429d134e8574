/// How long one engine took for one item.
struct Measurement: Codable {
  let item: String
  let engine: String
  let unit: Unit
  /// Units of work in one run.
  let work: Double
  /// Of one run.
  let seconds: Spread

  /// The median in the item's unit.
  var value: Double { unit.value(work: work, seconds: seconds.median) }

  /// How many times as fast as another engine this one is, by the medians.
  func speedup(over other: Measurement) -> Double { other.seconds.median / seconds.median }
}

/// Median, least and greatest of several times.
struct Spread: Codable {
  let median: Double
  let minimum: Double
  let maximum: Double
  let rounds: Int

  init(_ samples: [Double]) {
    precondition(!samples.isEmpty, "Spread: no samples")
    let sorted = samples.sorted()
    let middle = sorted.count / 2
    median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    minimum = sorted[0]
    maximum = sorted[sorted.count - 1]
    rounds = sorted.count
  }
}

/// What an item is told in.
enum Unit: String, Codable {
  case gigaflops = "GFLOP/s"
  case tokens = "tokens/s"
  case milliseconds = "ms"
  case seconds = "s"

  func value(work: Double, seconds: Double) -> Double {
    switch self {
    case .gigaflops: work / seconds / 1e9
    case .tokens: work / seconds
    case .milliseconds: seconds * 1e3
    case .seconds: seconds
    }
  }
}
