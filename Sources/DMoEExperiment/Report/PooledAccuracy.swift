/// A row on all pairs of several sets, which share no prompts.
struct PooledAccuracy {
  /// Pairs of all the sets.
  let pairs: Int
  /// The share of them that is ordered right.
  let accuracy: Double
  /// The difference to the reference with its interval; nil for the reference itself.
  let difference: ExperimentResult.Interval?

  /// Nil where there is no pair.
  init?(_ row: ExperimentResult.Row, on sets: [SetID]) {
    let results = sets.compactMap { row.result(on: $0) }
    pairs = results.reduce(0) { $0 + $1.pairs }
    guard pairs > 0 else { return nil }
    let whole = Double(pairs)
    accuracy = results.reduce(0) { $0 + $1.accuracy.value * Double($1.pairs) } / whole
    let comparisons = results.compactMap(\.comparison)
    let compared = Double(comparisons.reduce(0) { $0 + $1.pairs })
    guard compared > 0 else {
      difference = nil
      return
    }
    let value = comparisons.reduce(0) { $0 + $1.difference * Double($1.pairs) } / compared
    // The squares of the sets' own distances to each end add up, each by its share of the pairs (square and add: Zou and
    // Donner, 2008, Statistics in Medicine 27).
    func distance(_ end: (ClosedRange<Double>) -> Double) -> Double {
      comparisons.reduce(0.0) { sum, own in
        let part = Double(own.pairs) / compared * ((own.interval.map(end) ?? own.difference) - own.difference)
        return sum + part * part
      }.squareRoot()
    }
    difference = .init(
      value: value, lower: value - distance(\.lowerBound), upper: value + distance(\.upperBound))
  }
}
