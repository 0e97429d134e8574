public import DMoEModel

extension RewardModel {
  /// Scores every response of the prompts and measures how good the best of n by this model is.
  ///
  /// - Throws: What scoring throws; a prompt with a response that is too long is left out with all its responses.
  public func evaluateBestOfN(
    _ prompts: [BestOfNPrompt], progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> BestOfNEvaluation {
    var gold: [[Double]] = []
    var rewards: [[Double]] = []
    for (index, prompt) in prompts.enumerated() {
      do {
        rewards.append(try scores(prompt.responses, to: prompt.conversation).map(Double.init))
        gold.append(prompt.gold)
      } catch ModelError.overLength {}
      progress(index + 1, prompts.count)
    }
    return try BestOfNEvaluation(gold: gold, rewards: rewards)
  }
}
