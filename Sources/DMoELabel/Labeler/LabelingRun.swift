import DMoEData
import Synchronization

extension PreferenceLabeler {
  /// Asks for every answer of the plan that the journal does not have.
  ///
  /// Requests that fail for good are left out and told of; one that fails never holds up the others. When the task is
  /// canceled, no new request is made, and those in flight are waited for: they are paid for, so they are kept.
  ///
  /// - Parameters:
  ///   - plan: what is to be compared.
  ///   - journal: where the answers are kept; its ledger counts against the budget.
  ///   - asks: false only counts what the journal knows, and sends nothing.
  ///   - onProgress: called after every answer and every failure, one call at a time.
  /// - Returns: how far it came, and why it stopped if it did.
  /// - Throws: `LabelError` if the journal cannot be written, or a budget of money has no price for a model.
  public func run(
    _ plan: ComparisonPlan, journal: LabelJournal, asks: Bool = true,
    onProgress: @escaping @Sendable (LabelingProgress) -> Void = { _ in }
  ) async throws -> LabelingEnd {
    let run = LabelingRun(self, plan, journal, asks: asks, onProgress)
    // Workers of its own for each judge: one whose service asks to wait must not hold up the others.
    let workers = min(configuration.limits.concurrentRequests, max(1, plan.comparisons.count * 2))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<workers {
        for judge in judges.indices { group.addTask { try await run.work(for: judge) } }
      }
      do {
        // Ends the waiting of the others once the run has stopped; requests in flight do not notice.
        while try await group.next() != nil { if run.isStopped { group.cancelAll() } }
      } catch {
        // The journal cannot be written: another answer would be lost.
        run.stop(.cancelled)
        throw error
      }
    }
    try journal.synchronize()
    return run.end()
  }
}

/// What the workers of one run share.
final class LabelingRun: Sendable {
  private let labeler: PreferenceLabeler
  private let plan: ComparisonPlan
  private let journal: LabelJournal
  private let asks: Bool
  private let onProgress: @Sendable (LabelingProgress) -> Void
  /// What keeps to the limits of the run.
  private let gate: RateGate
  /// What holds back the requests to each judge while its service asks for that.
  private let services: [RateGate]
  private let money: BudgetGate
  /// Requests that wait for the result of a batch.
  private let batched: Set<RequestKey>
  private let state: Mutex<State>

  private struct State {
    var lanes: [Lane]
    var progress: LabelingProgress
    /// Keys that a worker is asking for: the same request is not made twice at once.
    var asked: Set<RequestKey> = []
    var failures: [RequestKey: String] = [:]
    var failureDescriptions: [String: String] = [:]
    var stop: LabelingStop?
  }

  /// How one judge does.
  private struct Lane {
    /// The number of its next request.
    var next = 0
    var failuresInARow = 0
    var unusableInARow = 0
    /// Answers in a row that ask to wait.
    var waitsInARow = 0
  }

  /// The kind of a failure whose error says nothing about itself.
  private static let unknownFailure = "client-error"

  init(
    _ labeler: PreferenceLabeler, _ plan: ComparisonPlan, _ journal: LabelJournal, asks: Bool,
    _ onProgress: @escaping @Sendable (LabelingProgress) -> Void
  ) {
    self.labeler = labeler
    self.plan = plan
    self.journal = journal
    self.asks = asks
    self.onProgress = onProgress
    gate = RateGate(limits: labeler.configuration.limits, clock: labeler.clock)
    let unlimited = RateLimits(concurrentRequests: .max)
    services = labeler.judges.map { _ in RateGate(limits: unlimited, clock: labeler.clock) }
    money = BudgetGate(budget: labeler.budget, ledger: journal.ledger, prices: labeler.prices)
    batched = journal.openBatchKeys
    var progress = LabelingProgress(ledger: journal.ledger)
    progress.requestCount = labeler.unitCount(plan)
    state = Mutex(State(lanes: labeler.judges.map { _ in Lane() }, progress: progress))
  }

  func end() -> LabelingEnd {
    state.withLock {
      LabelingEnd(
        progress: $0.progress, stop: $0.stop, failures: $0.failures, failureDescriptions: $0.failureDescriptions)
    }
  }

  var isStopped: Bool { state.withLock { $0.stop != nil } }

  /// The first reason counts.
  func stop(_ reason: LabelingStop) {
    state.withLock { if $0.stop == nil { $0.stop = reason } }
  }

  /// Takes one request to a judge after the other until there are none left or the run stops.
  func work(for judge: Int) async throws {
    while let unit = next(for: judge) {
      let request = unit.request
      let key = RequestKey(request)
      if journal.hasReply(for: key) {
        note { $0.answeredCount += 1 }
      } else if batched.contains(key) {
        note { $0.batchedCount += 1 }
      } else if !state.withLock({ $0.asked.insert(key).inserted }) {
        // The same question twice in a plan: the second finds the first one's answer when the result is read.
        note { $0.answeredCount += 1 }
      } else if asks {
        try await ask(unit, of: judge, request, key)
      }
    }
  }

  private func next(for judge: Int) -> LabelingUnit? {
    if Task.isCancelled { stop(.cancelled) }
    let index: Int? = state.withLock { state in
      guard state.stop == nil, state.lanes[judge].next < plan.comparisons.count * 2 else { return nil }
      state.lanes[judge].next += 1
      return state.lanes[judge].next - 1
    }
    return index.map { labeler.unit($0, judge: judge, of: plan) }
  }

  private func ask(
    _ unit: LabelingUnit, of judge: Int, _ request: CompletionRequest, _ key: RequestKey
  ) async throws {
    // The key makes the waiting times of one request independent of what other requests do.
    let salt = UInt64(key.text.prefix(16), radix: 16) ?? 0
    var generator = RandomSource(seed: labeler.configuration.seed ^ salt)
    do {
      let reply = try await labeler.configuration.retry.retrying(
        clock: labeler.clock, generator: &generator,
        onRetry: { failure, _ in
          holdBack(judge, for: failure.retryAfter)
          note { $0.retryCount += 1 }
        }, operation: { _ in try await attempt(unit, of: judge, request, key) })
      judgeReply(unit.judge.reading(of: reply, to: unit.comparison), of: judge)
      note {
        $0.answeredCount += 1
        $0.newCount += 1
      }
    } catch LabelError.budgetExhausted {
      stop(.budget)
    } catch let error as LabelError {
      throw error
    } catch is CancellationError where Task.isCancelled {
      stop(.cancelled)
    } catch {
      fail(key, of: judge, error)
    }
  }

  /// Sends the request once.
  ///
  /// The answer is waited for even if the task is cancelled: it is paid for once the request is sent.
  private func attempt(
    _ unit: LabelingUnit, of judge: Int, _ request: CompletionRequest, _ key: RequestKey
  ) async throws -> CompletionReply {
    try await services[judge].acquire(tokens: 0)
    defer { services[judge].release(tokens: 0) }
    let use = money.ledger.models[request.model]
    let tokens = TokenEstimate.likely(for: request, use: use, replyTokens: unit.likelyReplyTokens).tokens
    let reservation = try await money.acquire(request, key: key)
    do {
      try await gate.acquire(tokens: tokens)
    } catch {
      money.fail(reservation, mayHaveBeenBilled: false)
      throw error
    }
    var used: Int?
    defer { gate.release(tokens: tokens, used: used) }
    // Nothing new is begun while others stop, however long this request has waited.
    guard !isStopped else {
      money.fail(reservation, mayHaveBeenBilled: false)
      throw CancellationError()
    }
    try journal.recordSent(reservation)
    let client = unit.judge.client
    switch await Task(operation: { try await client.complete(request) }).result {
    case .success(let reply):
      used = reply.usage.map { $0.promptTokens + $0.completionTokens }
      try journal.recordReply(
        reply, for: key, model: request.model, cost: reservation.cost(of: reply.usage), origin: unit.origin)
      money.settle(reservation, usage: reply.usage)
      return reply
    case .failure(let error):
      let failure = error as? any RetryableFailure
      let billed = failure?.mayHaveBeenBilled ?? true
      try journal.recordFailure(
        failure?.kind ?? Self.unknownFailure, detail: (error as? CompletionError)?.detail, for: key,
        mayHaveBeenBilled: billed)
      money.fail(reservation, mayHaveBeenBilled: billed)
      throw error
    }
  }

  /// Holds back the requests to a judge while its service asks for that.
  ///
  /// The request that was turned away waits in any case. One among answers tells nothing of the others; after two in a
  /// row they wait as well, as long as the service asks for and no longer.
  private func holdBack(_ judge: Int, for time: Duration?) {
    guard let time else { return }
    let inARow = state.withLock { state in
      state.lanes[judge].waitsInARow += 1
      return state.lanes[judge].waitsInARow
    }
    if inARow > 1 { services[judge].pause(for: time) }
  }

  /// Notes an answer, and stops the run where a judge gives nothing else than what is no verdict.
  private func judgeReply(_ reading: ReplyReading, of judge: Int) {
    let inARow = state.withLock { state in
      state.lanes[judge].failuresInARow = 0
      state.lanes[judge].waitsInARow = 0
      state.lanes[judge].unusableInARow = reading.problem == nil ? 0 : state.lanes[judge].unusableInARow + 1
      return state.lanes[judge].unusableInARow
    }
    if let problem = reading.problem, inARow >= labeler.configuration.maximumConsecutiveFailures {
      stop(.unusableReplies(count: inARow, problem: problem))
    }
  }

  /// Notes a request that is not tried again in this run.
  private func fail(_ key: RequestKey, of judge: Int, _ error: any Error) {
    if isStopped, error is CancellationError { return }
    let failure = error as? any RetryableFailure
    let kind = failure?.kind ?? Self.unknownFailure
    if let failure, failure.stopsEverything {
      stop(.service(kind: kind, description: (failure as? CompletionError)?.description ?? kind))
    }
    let inARow = state.withLock { state in
      state.failures[key] = kind
      // Errors of clients that are not ours may say anything.
      state.failureDescriptions[kind] = (failure as? CompletionError)?.description ?? state.failureDescriptions[kind]
      state.lanes[judge].failuresInARow += 1
      return state.lanes[judge].failuresInARow
    }
    if inARow >= labeler.configuration.maximumConsecutiveFailures {
      stop(.failures(count: inARow, kind: kind))
    }
    note { $0.failedCount += 1 }
  }

  private func note(_ change: (inout LabelingProgress) -> Void) {
    let ledger = money.ledger
    state.withLock { state in
      change(&state.progress)
      state.progress.ledger = ledger
      onProgress(state.progress)
    }
  }
}
