import DMoEPolicy

/// A line of output: one text that was written, or the best of several.
struct GenerationLine: Encodable {
  /// Of the row of --input.
  var id: String?
  var sample: Int?
  var ids: [Int32]?
  /// Of every token, by the model's own distribution.
  var logprobs: [Float]?
  /// The same by the distribution that it was drawn from, where that is another one.
  var sampledLogprobs: [Float]?
  var text: String?
  var finishReason: Completion.FinishReason?
  /// Of the best of several.
  var reward: Float?
  /// Of all of them, null where there is none.
  var rewards: [Float?]?
  /// How many of them have none.
  var abstentions: Int?

  init(id: String?, _ completion: Completion?) {
    self.id = id
    guard let completion else { return }
    sample = completion.sample
    ids = completion.ids
    logprobs = completion.tokens.map(\.logProbability)
    let sampled = completion.tokens.map(\.sampledLogProbability)
    sampledLogprobs = sampled == logprobs ? nil : sampled
    text = completion.text
    finishReason = completion.finishReason
  }

  /// The best of several; without a text if none could be judged.
  init(id: String?, _ chosen: BestOfN) {
    self.init(id: id, chosen.best?.completion)
    reward = chosen.best?.reward
    rewards = chosen.candidates.map(\.reward)
    abstentions = chosen.abstentions
  }
}
