import DMoEPolicy

/// A line of output: one text that was written.
struct GenerationLine: Encodable {
  /// Of the row of --input.
  var id: String?
  let sample: Int
  let ids: [Int32]
  /// Of every token, by the model's own distribution.
  let logprobs: [Float]
  /// The same by the distribution that it was drawn from, where that is another one.
  let sampledLogprobs: [Float]?
  let text: String
  let finishReason: Completion.FinishReason
  /// Of the best of several.
  var reward: Float?
  /// Of all of them, null where there is none.
  var rewards: [Float?]?
  var abstentions: Int?

  init(id: String?, _ completion: Completion) {
    self.id = id
    sample = completion.sample
    ids = completion.ids
    logprobs = completion.tokens.map(\.logProbability)
    let sampled = completion.tokens.map(\.sampledLogProbability)
    sampledLogprobs = sampled == logprobs ? nil : sampled
    text = completion.text
    finishReason = completion.finishReason
  }

  /// The best of several.
  init(id: String?, _ best: BestOfN.Candidate, of chosen: BestOfN) {
    self.init(id: id, best.completion)
    reward = best.reward
    rewards = chosen.candidates.map(\.reward)
    abstentions = chosen.abstentions
  }
}
