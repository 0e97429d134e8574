/// Coefficients of correlation of two lists of equal length.
enum Correlation {
  /// Pearson's, of the values, in −1 ... 1; nil if one side does not vary.
  static func pearson(_ x: [Double], _ y: [Double]) -> Double? {
    let n = Double(x.count)
    guard n > 1 else { return nil }
    let meanX = x.reduce(0, +) / n
    let meanY = y.reduce(0, +) / n
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for (a, b) in zip(x, y) {
      xx += (a - meanX) * (a - meanX)
      yy += (b - meanY) * (b - meanY)
      xy += (a - meanX) * (b - meanY)
    }
    guard xx > 0, yy > 0 else { return nil }
    return max(-1, min(1, xy / (xx.squareRoot() * yy.squareRoot())))
  }

  /// Spearman's: Pearson's of the ranks.
  static func spearman(_ x: [Double], _ y: [Double]) -> Double? { pearson(fractionalRanks(x), fractionalRanks(y)) }

  /// Each value's place in ascending order, from 1; equal values share the mean of their places.
  static func fractionalRanks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + end + 1) / 2 }
      start = end
    }
    return ranks
  }
}

extension Correlation {
  /// Kendall's τ-b, of the orders of all pairs, in −1 ... 1; nil if one side does not vary.
  static func kendall(_ x: [Double], _ y: [Double]) -> Double? {
    var (agreement, varying, other) = (0.0, 0.0, 0.0)
    for i in x.indices {
      for j in 0..<i {
        let (a, b) = (order(x[i], x[j]), order(y[i], y[j]))
        agreement += a * b
        varying += a * a
        other += b * b
      }
    }
    guard varying > 0, other > 0 else { return nil }
    return agreement / (varying * other).squareRoot()
  }

  private static func order(_ a: Double, _ b: Double) -> Double { a > b ? 1 : a < b ? -1 : 0 }
}
