import DMoECore

/// Resampling with replacement, for intervals that no formula gives.
enum Bootstrap {
  /// Resamples that intervals are taken from: the ends move by less than a tenth of the interval from seed to seed.
  static let resamples = 2000

  /// The middle 95 % of a statistic over resampled groups; nil without groups.
  ///
  /// - Parameters:
  ///   - groups: How many independent groups (prompts) there are; pairs of one prompt stay together.
  ///   - statistic: Of the groups with the given places, repetitions included; nil leaves the resample out.
  static func interval(
    groups: Int, seed: UInt64 = 0, _ statistic: ([Int]) -> Double?
  ) -> ClosedRange<Double>? {
    guard groups > 0 else { return nil }
    var source = RandomSource(seed: seed, stream: 0xB007)
    var values: [Double] = []
    values.reserveCapacity(resamples)
    for _ in 0..<resamples {
      let places = (0..<groups).map { _ in Int.random(in: 0..<groups, using: &source) }
      if let value = statistic(places) { values.append(value) }
    }
    guard !values.isEmpty else { return nil }
    values.sort()
    let last = Double(values.count - 1)
    return values[Int((0.025 * last).rounded())]...values[Int((0.975 * last).rounded())]
  }
}
