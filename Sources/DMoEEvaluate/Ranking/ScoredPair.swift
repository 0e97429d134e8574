/// One pair of different rank with what the rewards say of it; differences are chosen minus rejected.
package struct ScoredPair {
  /// Of the rewards.
  package var difference: Double
  /// Of the rewards of the sample's capability expert; nil where there is none.
  package var expertDifference: Double?
  /// How many of the category's other experts order the pair right, in 0 ... 1; nil where there is none.
  package var othersCredit: Double?
  /// The lengths of both responses, in characters.
  package var lengths: (chosen: Int, rejected: Int)
  /// The characters of the conversation and the longer response: what is read.
  package var textLength: Int
  /// The number of the conversation.
  package var prompt: Int

  /// A pair with the difference of its rewards.
  ///
  /// - Parameters:
  ///   - difference: Chosen minus rejected reward.
  ///   - expertDifference: The same by the sample's capability expert; nil where there is none.
  ///   - lengths: Characters of the chosen and the rejected response.
  ///   - textLength: Characters of the conversation and the longer response.
  ///   - prompt: The number of the conversation.
  package init(
    difference: Double, expertDifference: Double? = nil, lengths: (chosen: Int, rejected: Int), textLength: Int,
    prompt: Int
  ) {
    self.difference = difference
    self.expertDifference = expertDifference
    self.lengths = lengths
    self.textLength = textLength
    self.prompt = prompt
  }

  /// In characters.
  var lengthDifference: Int { lengths.chosen - lengths.rejected }

  var credit: Double { Self.credit(difference) }

  /// The credit for a difference of rewards: 1 right, 0 wrong, 0.5 equal rewards.
  package static func credit(_ difference: Double) -> Double { difference > 0 ? 1 : difference == 0 ? 0.5 : 0 }
}
