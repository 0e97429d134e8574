package import DMoEData

/// A share with how sure one may be of it, however that was found.
package struct Estimate: Sendable {
  /// The share, in 0 ... 1; nil without cases.
  package var value: Double?
  /// The 95 % interval, in 0 ... 1.
  package var interval: ClosedRange<Double>

  /// A share with its interval.
  package init(value: Double?, interval: ClosedRange<Double>) {
    self.value = value
    self.interval = interval
  }

  /// A proportion with its Wilson interval.
  package init(_ proportion: Proportion) {
    self.init(value: proportion.value, interval: proportion.interval)
  }
}
