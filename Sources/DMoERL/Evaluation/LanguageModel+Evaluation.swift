import DMoECore
public import DMoEData
public import DMoEPolicy

extension LanguageModel {
  /// Lets the policy answer prompts and judges say what the answers are worth; nothing is learned.
  ///
  /// The same seed gives the same texts, so that two evaluations of one policy agree, and those before and after training
  /// differ by what was learned.
  ///
  /// - Parameters:
  ///   - prompts: What is answered: at best prompts that nothing was trained on.
  ///   - judges: Who judges; the one that trains the policy, and others that it cannot have learned to please.
  ///   - samples: How many texts a prompt gets; at least 1.
  ///   - options: How texts are drawn. Texts are compared with the reference at the temperature of the sampling.
  ///   - progress: Told of every prompt that is done.
  /// - Throws: As `generate(_:count:options:)`; what a judge throws; `RLError.rewardCount`, `.rewardNotFinite`.
  public func evaluate(
    on prompts: [Conversation], by judges: [any RewardFunction], samples: Int = 4,
    options: GenerationOptions = GenerationOptions(), progress: (_ prompts: Int) throws -> Void = { _ in }
  ) async throws -> PolicyEvaluation {
    try await evaluate(
      on: prompts, by: judges, samples: samples, options: options, over: SingleRank(), progress: progress)
  }

  /// The same on several ranks, which share out what is written side by side; all of them get all.
  ///
  /// - Parameter ranks: The ranks.
  func evaluate(
    on prompts: [Conversation], by judges: [any RewardFunction], samples: Int, options: GenerationOptions,
    over ranks: any Communicator, progress: (_ prompts: Int) throws -> Void
  ) async throws -> PolicyEvaluation {
    let ids = try prompts.map(promptIDs)
    // As many prompts at a time as are written side by side, so that there is progress to tell.
    let block = max(1, options.concurrency / max(1, samples))
    let blocks = stride(from: 0, to: prompts.count, by: block).map { $0..<min($0 + block, prompts.count) }
    var done = 0
    let parts = try await ranks.sharing(
      blocks.count, as: [PolicyEvaluation.Answers].self,
      awaiting: { number in
        var answers: [PolicyEvaluation.Answers] = []
        let places = blocks[number]
        let completions = try generate(ids: Array(ids[places]), count: samples, options: options)
        for (place, completions) in zip(places, completions) {
          try Task.checkCancellation()
          let texts = completions.map(\.text)
          var rewards: [[Float?]] = []
          for judge in judges {
            rewards.append(try await judge.checkedRewards(prompt: prompts[place], texts, place: place))
          }
          answers.append(
            PolicyEvaluation.Answers(
              prompt: prompts[place], texts: texts, tokens: completions.map(\.tokens.count),
              truncated: completions.map(\.isTruncated),
              divergences: try divergences(of: completions, after: ids[place], options.sampling.temperature),
              rewards: rewards))
          done += 1
          // Of all ranks, who are about as far.
          try progress(min(prompts.count, done * ranks.size))
        }
        return answers
      })
    return PolicyEvaluation(judges: judges.map(\.name), answers: Array(parts.joined()))
  }

  /// log π − log π of the reference, summed over the tokens of each sample.
  private func divergences(
    of completions: [Completion], after prompt: [Int32], _ temperature: Float
  ) throws -> [Double] {
    guard adapter != nil else { return completions.map { _ in 0 } }
    // Greedy texts have no temperature; they are compared as the model itself would draw them.
    let temperature = temperature > 0 ? temperature : 1
    let ids = completions.map(\.ids)
    let own = try logProbabilities(of: ids, after: prompt, temperature: temperature)
    let reference = try reference.logProbabilities(of: ids, after: prompt, temperature: temperature)
    return zip(own, reference).map { own, reference in
      zip(own, reference).reduce(0) { $0 + Double($1.0) - Double($1.1) }
    }
  }
}
