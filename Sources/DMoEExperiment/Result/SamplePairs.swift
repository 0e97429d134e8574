import DMoEData

/// The pairs of a set's samples, in a fixed order, so that several models can be compared pair by pair.
struct SamplePairs: Sendable {
  /// A better and a worse response to one prompt.
  struct Pair: Sendable {
    /// The place of the sample in its set.
    let sample: Int
    let chosen: Int
    let rejected: Int
    /// The prompt, numbered.
    let prompt: Int
    /// Characters of chosen minus those of rejected.
    let lengthDifference: Int
  }

  let pairs: [Pair]

  /// - Parameter capability: Whether pairs of capability labels are meant, or those of overall preferences.
  init(_ samples: [RankedResponses], capability: Bool = false) {
    var prompts: [Conversation: Int] = [:]
    pairs = samples.indices.flatMap { index -> [Pair] in
      let sample = samples[index]
      guard (sample.capability != nil) == capability else { return [] }
      let prompt = prompts[sample.conversation] ?? prompts.count
      prompts[sample.conversation] = prompt
      let lengths = sample.responses.map(\.count)
      return sample.pairs.map {
        Pair(
          sample: index, chosen: $0.chosen, rejected: $0.rejected, prompt: prompt,
          lengthDifference: lengths[$0.chosen] - lengths[$0.rejected])
      }
    }
  }
}
