extension [Double] {
  /// 0 of none.
  var mean: Double { isEmpty ? 0 : reduce(0, +) / Double(count) }

  /// Of a sample (n - 1).
  var deviation: Double { variance.squareRoot() }

  /// Of a sample (n - 1).
  var variance: Double {
    let mean = mean
    return reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(Swift.max(1, count - 1))
  }
}
