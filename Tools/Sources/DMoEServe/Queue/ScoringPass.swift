@_spi(Command) import DMoERM

/// Jobs of one model that are scored together. The prompts that are not kept are read at once, and then all responses, each
/// behind its own.
struct ScoringPass {
  /// A prompt with all jobs that go on from it.
  private struct Group {
    let key: KeptPrompts.Key
    var jobs: [ScoringJob] = []
    var reading: Result<PreparedPrompt, ServeError>?
    var isKept = false
  }

  private let served: ServedModel?
  private var groups: [Group] = []
  private let metrics: ServeMetrics

  /// - Parameter jobs: Of one model.
  init(_ jobs: [ScoringJob], metrics: ServeMetrics) {
    // A request may have ended since they were taken.
    let jobs = jobs.filter { !$0.batch.isOver }
    served = jobs.first?.batch.model
    self.metrics = metrics
    var places: [KeptPrompts.Key: Int] = [:]
    for job in jobs {
      let place = places[job.group.prompt] ?? groups.count
      if place == groups.count { groups.append(Group(key: job.group.prompt)) }
      places[job.group.prompt] = place
      groups[place].jobs.append(job)
    }
  }

  /// Scores all of it and tells every request what its items got.
  ///
  /// - Returns: The tokens that were read.
  func run() -> Int {
    guard let served else { return 0 }
    let groups = withPrompts(served)
    var tokens = 0
    for group in groups {
      switch group.reading {
      case .success(let prompt)?:
        metrics.prompt(isCached: group.isKept, tokens: prompt.tokenCount)
        if !group.isKept { tokens += prompt.tokenCount }
      case .failure(let error)?: fail(group.jobs, error, served)
      case nil: break
      }
    }
    for isNormalized in [true, false] {
      tokens += score(groups, isNormalized ? served.model : served.raw, served) { $0.item.isNormalized == isNormalized }
    }
    return tokens
  }

  /// The groups with their prompts, kept from earlier passes or read now.
  private func withPrompts(_ served: ServedModel) -> [Group] {
    var groups = groups
    for place in groups.indices {
      guard let kept = served.prompts.find(groups[place].key) else { continue }
      groups[place].reading = .success(kept)
      groups[place].isKept = true
    }
    let unread = groups.indices.filter { !groups[$0].isKept }
    guard !unread.isEmpty else { return groups }
    served.prompts.makeRoom(
      for: unread.reduce(0) { sum, place in
        sum + served.model.preparedByteCount(tokens: groups[place].jobs[0].promptTokens)
      })
    for (place, reading) in zip(unread, read(unread.map { groups[$0].key }, served.model)) {
      groups[place].reading = reading
      if case .success(let prompt) = reading { served.prompts.keep(prompt, for: groups[place].key) }
    }
    return groups
  }

  private func read(_ keys: [KeptPrompts.Key], _ model: RewardModel) -> [Result<PreparedPrompt, ServeError>] {
    do {
      return try model.prepare(keys.map { (conversation: $0.conversation, category: $0.category) })
        .map { $0.mapError { ServeError($0) } }
    } catch {
      return keys.map { _ in .failure(ServeError(error)) }
    }
  }

  /// Scores the jobs of one scale.
  ///
  /// - Returns: The tokens of their responses.
  private func score(
    _ groups: [Group], _ model: RewardModel, _ served: ServedModel, _ isOfScale: (ScoringJob) -> Bool
  ) -> Int {
    let ready = groups.flatMap { group -> [(group: Group, job: ScoringJob, prompt: PreparedPrompt)] in
      guard case .success(let prompt)? = group.reading else { return [] }
      return group.jobs.filter(isOfScale).map { (group, $0, prompt) }
    }
    guard !ready.isEmpty else { return 0 }
    // Each job by itself: jobs of one prompt share it all the same, and an error names a response by its place in its item.
    let attempts: [[Result<RewardBreakdown, any Error>]]
    do {
      attempts = try model.attempts(after: ready.map { (prompt: $0.prompt, responses: $0.job.responses) })
    } catch {
      fail(ready.map(\.job), ServeError(error), served)
      return 0
    }
    var tokens = 0
    for (ready, attempts) in zip(ready, attempts) {
      // The first one paid for the prompt.
      let isCached = ready.group.isKept || !ready.job.isSame(as: ready.group.jobs[0])
      let item = ScoredItem(
        responses: attempts.map { Self.checked($0, in: ready.job) }, promptTokens: ready.prompt.tokenCount,
        isCached: isCached)
      tokens += item.responseTokens
      finish(ready.job, item, served)
    }
    return tokens
  }

  private func finish(_ job: ScoringJob, _ item: ScoredItem, _ served: ServedModel) {
    for response in item.responses { metrics.response(response, model: served.name) }
    job.batch.finish(job.place, job.part, item)
  }

  private func fail(_ jobs: [ScoringJob], _ error: ServeError, _ served: ServedModel) {
    for job in jobs { finish(job, ScoredItem(job.part.count, failure: error), served) }
  }

  /// JSON has no number for a reward that is none.
  private static func checked(
    _ attempt: Result<RewardBreakdown, any Error>, in job: ScoringJob
  ) -> Result<RewardBreakdown, ServeError> {
    attempt.mapError { error in
      // Places are told among the responses of the item.
      guard case ModelError.overLength(let length) = error else { return ServeError(error) }
      return ServeError(ModelError.overLength(length.placed(after: job.part.lowerBound)))
    }.flatMap { breakdown in
      let numbers =
        [breakdown.reward, breakdown.disagreement] + breakdown.capabilities.map(\.reward) + breakdown.routing
      guard numbers.allSatisfy(\.isFinite) else {
        return .failure(ServeError(.notFinite, "the reward of category \(breakdown.category) is not finite"))
      }
      return .success(breakdown)
    }
  }
}
