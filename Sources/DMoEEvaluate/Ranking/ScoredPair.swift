/// One pair of different rank with what the rewards say of it; differences are chosen minus rejected.
package struct ScoredPair {
  var difference: Double
  var expertDifference: Double?
  /// In characters.
  var lengthDifference: Int

  var credit: Double { Self.credit(difference) }

  /// The credit for a difference of rewards: 1 right, 0 wrong, 0.5 equal rewards.
  package static func credit(_ difference: Double) -> Double { difference > 0 ? 1 : difference == 0 ? 0.5 : 0 }
}
