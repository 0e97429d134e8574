/// One pair of different rank with what the rewards say of it; differences are chosen minus rejected.
package struct ScoredPair {
  var difference: Double
  var expertDifference: Double?
  /// The lengths of both responses, in characters.
  var lengths: (chosen: Int, rejected: Int)
  /// The characters of the conversation and the longer response: what is read.
  var textLength: Int
  /// The number of the conversation.
  var prompt: Int

  /// In characters.
  var lengthDifference: Int { lengths.chosen - lengths.rejected }

  var credit: Double { Self.credit(difference) }

  /// The credit for a difference of rewards: 1 right, 0 wrong, 0.5 equal rewards.
  package static func credit(_ difference: Double) -> Double { difference > 0 ? 1 : difference == 0 ? 0.5 : 0 }
}
