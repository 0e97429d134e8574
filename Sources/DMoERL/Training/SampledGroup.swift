import DMoEData
import DMoEPolicy

/// What was sampled of one prompt, and what was said of it, as ranks send it.
struct SampledGroup: Codable {
  private struct Sample: Codable {
    let sample: Int
    let ids: [Int32]
    let logProbabilities: [Float]
    let sampledLogProbabilities: [Float]
    let text: String
    let finishReason: Completion.FinishReason
  }

  private struct Judgment: Codable {
    let reward: Float?
    let parts: [String: Float]
    let disagreement: Float?
    let routerDoubt: Float?
  }

  private let promptIDs: [Int32]
  private let samples: [Sample]
  private let judgments: [Judgment]

  init(_ rollOut: RollOut) {
    promptIDs = rollOut.promptIDs
    samples = rollOut.completions.map { completion in
      Sample(
        sample: completion.sample, ids: completion.ids, logProbabilities: completion.tokens.map(\.logProbability),
        sampledLogProbabilities: completion.tokens.map(\.sampledLogProbability), text: completion.text,
        finishReason: completion.finishReason)
    }
    judgments = rollOut.judgments.map { judgment in
      Judgment(
        reward: judgment.reward, parts: judgment.parts, disagreement: judgment.disagreement,
        routerDoubt: judgment.routerDoubt)
    }
  }

  /// The same of the prompt that it is of.
  func rollOut(of conversation: Conversation) -> RollOut {
    let completions = samples.map { sample in
      let tokens = zip(sample.ids, zip(sample.logProbabilities, sample.sampledLogProbabilities)).map { id, values in
        Completion.Token(id: id, logProbability: values.0, sampledLogProbability: values.1)
      }
      return Completion(
        sample: sample.sample, tokens: tokens, text: sample.text, finishReason: sample.finishReason)
    }
    var result = RollOut(
      conversation: conversation, promptIDs: promptIDs, completions: completions, rewards: [])
    result.judgments = judgments.map { kept in
      var judgment = RewardJudgment(reward: kept.reward)
      (judgment.parts, judgment.disagreement, judgment.routerDoubt) = (kept.parts, kept.disagreement, kept.routerDoubt)
      return judgment
    }
    return result
  }
}
