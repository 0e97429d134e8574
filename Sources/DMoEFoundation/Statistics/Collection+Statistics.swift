extension Collection where Element: BinaryFloatingPoint {
  /// The sum divided by the count; nil of nothing.
  @inlinable package var mean: Element? { isEmpty ? nil : reduce(0, +) / Element(count) }

  /// The root of the mean squared distance from the mean, over n and not n − 1; nil of nothing.
  @inlinable package var deviation: Element? {
    guard let mean else { return nil }
    return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Element(count)).squareRoot()
  }
}

extension Collection where Element: Comparable {
  /// The middle one in order, the upper of two; nil of nothing.
  @inlinable package var upperMedian: Element? { isEmpty ? nil : sorted()[count / 2] }

  /// The place of the greatest, the first of equals; nil of nothing.
  @inlinable package var indexOfMaximum: Index? { indices.max { self[$0] < self[$1] } }
}
