import DMoECore

/// The cluster bootstrap: resampling with replacement, for intervals that no formula gives.
package enum Bootstrap {
  /// Resamples that intervals are taken from: the ends move by less than a tenth of the interval from seed to seed.
  package static let resamples = 2000

  /// The percentile interval of a statistic: the middle 95 % of it over resampled clusters; nil without clusters.
  ///
  /// - Parameters:
  ///   - clusters: How many independent clusters (prompts) there are; pairs of one prompt stay together.
  ///   - statistic: Of the clusters with the given places, repetitions included; nil leaves the resample out.
  package static func interval(
    clusters: Int, seed: UInt64 = 0, _ statistic: ([Int]) -> Double?
  ) -> ClosedRange<Double>? {
    guard clusters > 0 else { return nil }
    var source = RandomSource(seed: seed, stream: 0xB007)
    var values: [Double] = []
    values.reserveCapacity(resamples)
    for _ in 0..<resamples {
      let places = (0..<clusters).map { _ in Int.random(in: 0..<clusters, using: &source) }
      if let value = statistic(places) { values.append(value) }
    }
    return middle(of: values)
  }

  /// The middle 95 % of values, of which some may be infinite; nil without values.
  package static func middle(of values: [Double]) -> ClosedRange<Double>? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let last = Double(sorted.count - 1)
    return sorted[Int((0.025 * last).rounded())]...sorted[Int((0.975 * last).rounded())]
  }

  /// The interval of the mean of values that are drawn cluster by cluster; nil without values.
  ///
  /// - Parameter clusters: The cluster of each value, numbered as one likes.
  package static func meanInterval(of values: [Double], clusters: [Int]) -> ClosedRange<Double>? {
    var places: [Int: Int] = [:]
    // In the order in which clusters are met, so that the same values give the same interval.
    var sums: [(value: Double, count: Double)] = []
    for (value, cluster) in zip(values, clusters) {
      let place = places[cluster] ?? sums.count
      if place == sums.count {
        places[cluster] = place
        sums.append((0, 0))
      }
      sums[place].value += value
      sums[place].count += 1
    }
    return interval(clusters: sums.count) { chosen in
      var (total, count) = (0.0, 0.0)
      for place in chosen {
        total += sums[place].value
        count += sums[place].count
      }
      return total / count
    }
  }
}
