import DMoERM

/// Jobs of one prompt, which are scored together: the prompt is read once, or was kept from an earlier pass.
struct ScoringPass {
  private let jobs: [ScoringQueue.Job]
  private let served: ServedModel
  private let key: KeptPrompts.Key
  private let isNormalized: Bool
  private let metrics: ServeMetrics

  /// - Parameter first: One of the jobs, which says what all of them share.
  init(_ jobs: [ScoringQueue.Job], of first: ScoringQueue.Job, metrics: ServeMetrics) {
    self.jobs = jobs
    self.metrics = metrics
    served = first.batch.model
    key = first.key
    isNormalized = first.item.isNormalized
  }

  /// Scores all of it and tells every request what its items got.
  ///
  /// - Returns: The tokens that were read.
  func run() -> Int {
    let kept = served.prompts.find(key)
    let prompt: PreparedPrompt
    do { prompt = try kept ?? readPrompt() } catch {
      let failure = ServeError(error)
      for job in jobs { job.batch.finish(job.place, ScoredItem(job.item, failure: failure)) }
      return 0
    }
    metrics.prompt(isCached: kept != nil, tokens: prompt.tokenCount)
    let model = isNormalized ? served.model : served.raw
    var rest = rewards(of: jobs.flatMap(\.item.responses), model, prompt)[...]
    var tokens = kept == nil ? prompt.tokenCount : 0
    for (index, job) in jobs.enumerated() {
      let own = Array(rest.prefix(job.item.responses.count))
      rest = rest.dropFirst(own.count)
      // The first one paid for the prompt.
      let item = ScoredItem(responses: own, promptTokens: prompt.tokenCount, isCached: kept != nil || index > 0)
      tokens += item.responseTokens
      for response in own { metrics.response(response, model: served.name) }
      job.batch.finish(job.place, item)
    }
    return tokens
  }

  private func readPrompt() throws -> PreparedPrompt {
    let prompt = try served.model.prepare(key.conversation, category: key.category)
    served.prompts.keep(prompt, for: key)
    return prompt
  }

  /// One reward or error a response: one that cannot be scored takes none of the others with it.
  private func rewards(
    of texts: [String], _ model: RewardModel, _ prompt: PreparedPrompt
  ) -> [Result<RewardBreakdown, ServeError>] {
    do {
      return try model.breakdowns(of: texts, after: prompt).map(Self.checked)
    } catch {
      return texts.map { text in
        do { return Self.checked(try model.breakdowns(of: [text], after: prompt)[0]) } catch {
          return .failure(ServeError(error))
        }
      }
    }
  }

  /// JSON has no number for a reward that is none.
  private static func checked(_ breakdown: RewardBreakdown) -> Result<RewardBreakdown, ServeError> {
    let numbers = [breakdown.reward, breakdown.disagreement] + breakdown.capabilities.map(\.reward) + breakdown.routing
    guard numbers.allSatisfy(\.isFinite) else {
      return .failure(ServeError(.notFinite, "the reward of category \(breakdown.category) is not finite"))
    }
    return .success(breakdown)
  }
}
