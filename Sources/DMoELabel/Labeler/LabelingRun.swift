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
    let workers = min(configuration.limits.concurrentRequests, max(1, unitCount(plan)))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<workers { group.addTask { try await run.work() } }
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
  private let gate: RateGate
  private let money: BudgetGate
  /// Requests that wait for the result of a batch.
  private let batched: Set<RequestKey>
  private let state: Mutex<State>

  private struct State {
    var next = 0
    var progress: LabelingProgress
    /// Keys that a worker is asking for: the same request is not made twice at once.
    var asked: Set<RequestKey> = []
    var failures: [RequestKey: String] = [:]
    var failuresInARow = 0
    var stop: LabelingStop?
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
    money = BudgetGate(budget: labeler.budget, ledger: journal.ledger, prices: labeler.prices)
    batched = journal.openBatchKeys
    var progress = LabelingProgress(ledger: journal.ledger)
    progress.requestCount = labeler.unitCount(plan)
    state = Mutex(State(progress: progress))
  }

  func end() -> LabelingEnd {
    state.withLock { LabelingEnd(progress: $0.progress, stop: $0.stop, failures: $0.failures) }
  }

  var isStopped: Bool { state.withLock { $0.stop != nil } }

  /// The first reason counts.
  func stop(_ reason: LabelingStop) {
    state.withLock { if $0.stop == nil { $0.stop = reason } }
  }

  /// Takes one request after the other until there are none left or the run stops.
  func work() async throws {
    while let unit = next() {
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
        try await ask(unit, request, key)
      }
    }
  }

  private func next() -> LabelingUnit? {
    if Task.isCancelled { stop(.cancelled) }
    let index: Int? = state.withLock { state in
      guard state.stop == nil, state.next < state.progress.requestCount else { return nil }
      state.next += 1
      return state.next - 1
    }
    return index.map { labeler.unit($0, of: plan) }
  }

  private func ask(_ unit: LabelingUnit, _ request: CompletionRequest, _ key: RequestKey) async throws {
    // The key makes the waiting times of one request independent of what other requests do.
    let salt = UInt64(key.text.prefix(16), radix: 16) ?? 0
    var generator = JitterGenerator(seed: labeler.configuration.seed ^ salt)
    do {
      try await labeler.configuration.retry.retrying(
        clock: labeler.clock, generator: &generator, gate: gate, onRetry: { _, _ in note { $0.retryCount += 1 } },
        operation: { _ in try await attempt(unit, request, key) })
      state.withLock { $0.failuresInARow = 0 }
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
      fail(key, error)
    }
  }

  /// Sends the request once.
  ///
  /// The answer is waited for even if the task is canceled: it is paid for once the request is sent.
  private func attempt(_ unit: LabelingUnit, _ request: CompletionRequest, _ key: RequestKey) async throws {
    let use = money.ledger.models[request.model]
    let tokens = TokenEstimate.likely(for: request, use: use).tokens
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
    case .failure(let error):
      let failure = error as? any RetryableFailure
      let billed = failure?.mayHaveBeenBilled ?? true
      try journal.recordFailure(failure?.kind ?? Self.unknownFailure, for: key, mayHaveBeenBilled: billed)
      money.fail(reservation, mayHaveBeenBilled: billed)
      throw error
    }
  }

  /// Notes a request that is not tried again in this run.
  private func fail(_ key: RequestKey, _ error: any Error) {
    if isStopped, error is CancellationError { return }
    let failure = error as? any RetryableFailure
    let kind = failure?.kind ?? Self.unknownFailure
    if let failure, failure.stopsEverything {
      stop(.service(kind: kind, description: (failure as? CompletionError)?.description ?? kind))
    }
    let inARow = state.withLock { state in
      state.failures[key] = kind
      state.failuresInARow += 1
      return state.failuresInARow
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
