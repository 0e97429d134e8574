/// The values that a setting may have.
package struct SettingBounds<Value: Sendable>: Sendable {
  /// Whether a value is one of them.
  package let contains: @Sendable (Value) -> Bool
  /// What a value has to be, such as "0 or more".
  package let words: String
}

extension SettingBounds where Value: BinaryInteger {
  /// Whole numbers from this on.
  package static func atLeast(_ least: Value) -> Self { Self(contains: { $0 >= least }, words: "\(least) or more") }

  /// Whole numbers of a range.
  package static func within(_ range: ClosedRange<Value>) -> Self {
    Self(contains: { range.contains($0) }, words: "\(range.lowerBound) to \(range.upperBound)")
  }
}

extension SettingBounds where Value: BinaryFloatingPoint {
  /// Numbers from this on.
  package static func atLeast(_ least: Value) -> Self {
    Self(contains: { $0 >= least && $0.isFinite }, words: "a number of \(least.short) or more")
  }

  /// Numbers above this.
  package static func above(_ bound: Value) -> Self {
    Self(contains: { $0 > bound && $0.isFinite }, words: "a number above \(bound.short)")
  }

  /// Numbers of a range.
  package static func within(_ range: ClosedRange<Value>) -> Self {
    Self(
      contains: { range.contains($0) },
      words: "a number of \(range.lowerBound.short) to \(range.upperBound.short)")
  }

  /// Numbers of a range without its upper bound.
  package static func within(_ range: Range<Value>) -> Self {
    Self(
      contains: { range.contains($0) },
      words: "a number of \(range.lowerBound.short) or more and below \(range.upperBound.short)")
  }
}

extension BinaryFloatingPoint {
  fileprivate var short: String { Int(exactly: self).map { "\($0)" } ?? "\(self)" }
}
