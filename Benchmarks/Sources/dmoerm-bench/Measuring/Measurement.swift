/// What one engine took for one item.
struct Measurement: Codable {
  let item: String
  let engine: EngineName
  let unit: Unit
  /// Units of work in one run.
  let work: Double
  /// Operations of the linear layers in one run, where they were counted.
  var operations: Double?
  /// Seconds of one run; bytes where the unit is one of memory.
  let measured: Spread

  /// The median in the item's unit.
  var value: Double { unit.value(work: work, measured: measured.median) }

  /// How many times as good as another this one is, by the medians: as fast, or as small.
  func ratio(to other: Measurement) -> Double {
    (other.measured.median / other.work) / (measured.median / work)
  }
}

/// Median, least and greatest of several samples.
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
  /// 10^9 bytes.
  case gigabytes = "GB"
  /// 10^9 bytes a second.
  case bandwidth = "GB/s"

  func value(work: Double, measured: Double) -> Double {
    switch self {
    case .gigaflops, .bandwidth: work / measured / 1e9
    case .tokens: work / measured
    case .milliseconds: measured * 1e3
    case .seconds: measured
    case .gigabytes: measured / 1e9
    }
  }
}
