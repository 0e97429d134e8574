extension [Double] {
  /// The sum divided by the count; nil of nothing.
  var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }
}
