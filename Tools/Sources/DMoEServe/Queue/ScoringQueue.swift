import Dispatch
import Synchronization

/// What waits to be scored, in the order in which it came, and the one worker that scores it.
///
/// The worker has a thread of its own: arithmetic must not hold a thread that answers connections. Scoring itself uses all
/// cores, so that a second worker would only take them from the first.
final class ScoringQueue: Sendable {
  /// The places of a request's items in the queue.
  struct Places: Sendable {
    fileprivate let line: ObjectIdentifier
    fileprivate let tickets: Range<Int>
  }

  private struct State {
    /// By the model that they wait for: a reading of a bundle, since what came before a reload ends on what it came to.
    var lines: [ObjectIdentifier: WaitingLine] = [:]
    var nextTicket = 0
    var responses = 0
    var tokens = 0
    var isRunning = false
    /// Tokens a second, of the last passes.
    var rate = 500.0

    mutating func add(_ jobs: [ScoringJob], to line: ObjectIdentifier) -> Range<Int> {
      let tickets = nextTicket..<nextTicket + jobs.count
      for (ticket, job) in zip(tickets, jobs) { lines[line, default: WaitingLine()].append(job, ticket) }
      nextTicket = tickets.upperBound
      count(jobs, 1)
      return tickets
    }

    /// The model whose oldest job has waited longest.
    mutating func oldestLine() -> ObjectIdentifier? {
      lines.keys.compactMap { line in lines[line]?.oldest().map { (line: line, ticket: $0) } }
        .min { $0.ticket < $1.ticket }?.line
    }

    /// Changes a line, which is gone when nothing waits in it.
    mutating func change<T>(_ line: ObjectIdentifier, _ body: (inout WaitingLine) -> T) -> T? {
      guard var own = lines.removeValue(forKey: line) else { return nil }
      let result = body(&own)
      if !own.isEmpty { lines[line] = own }
      return result
    }

    mutating func count(_ jobs: [ScoringJob], _ sign: Int) {
      for job in jobs {
        responses += sign * job.part.count
        tokens += sign * job.tokens
      }
    }
  }

  private let state = Mutex(State())
  private let worker = DispatchQueue(label: "dmoerm.serve.scoring", qos: .userInitiated)
  private let limits: ServeLimits
  private let metrics: ServeMetrics

  init(limits: ServeLimits, metrics: ServeMetrics) {
    self.limits = limits
    self.metrics = metrics
  }

  /// Responses that wait.
  var waitingResponses: Int { state.withLock(\.responses) }
  /// Tokens that wait.
  var waitingTokens: Int { state.withLock(\.tokens) }

  /// Takes in all items of a request, or none of them.
  ///
  /// - Throws: `ServeError` if there is no room.
  func add(_ items: [ScoringItem], to batch: ScoringBatch) throws(ServeError) -> Places {
    let jobs = ScoringJob.jobs(items, of: batch, upTo: limits.passTokens)
    let responses = items.reduce(0) { $0 + $1.responses.count }
    let line = ObjectIdentifier(batch.model)
    enum Answer {
      case taken(Range<Int>, starts: Bool)
      case full(seconds: Int)
    }
    let answer = state.withLock { state -> Answer in
      guard state.responses + responses <= limits.queuedResponses || state.responses == 0 else {
        return .full(seconds: max(1, Int((Double(state.tokens) / state.rate).rounded(.up))))
      }
      defer { state.isRunning = true }
      return .taken(state.add(jobs, to: line), starts: !state.isRunning)
    }
    switch answer {
    case .taken(let tickets, let starts):
      if starts { schedule { self.run() } }
      return Places(line: line, tickets: tickets)
    case .full(let seconds):
      throw ServeError(
        .queueFull, "\(limits.queuedResponses) responses wait already; try again in \(seconds) s", retryAfter: seconds)
    }
  }

  /// Takes out those of a request's items that still wait: nobody does for them.
  func drop(_ places: Places) {
    state.withLock { state in
      let jobs = state.change(places.line) { line in places.tickets.compactMap { line.remove($0) } }
      state.count(jobs ?? [], -1)
    }
  }

  /// Runs something between two passes, where scoring runs.
  func perform<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      schedule { continuation.resume(with: Result { try body() }) }
    }
  }

  /// The same, without waiting for it.
  func schedule(_ body: @escaping @Sendable () -> Void) { worker.async(execute: body) }

  /// Scores a pass, and then the next: whatever else was scheduled has its turn between them.
  private func run() {
    guard let jobs = next() else { return }
    let start = ContinuousClock.now
    let tokens = ScoringPass(jobs, metrics: metrics).run()
    let seconds = start.duration(to: .now).seconds
    if tokens > 0, seconds > 0 {
      state.withLock { $0.rate = 0.8 * $0.rate + 0.2 * Double(tokens) / seconds }
      metrics.passed(tokens: tokens, seconds: seconds)
    }
    schedule { self.run() }
  }

  /// The jobs of the next pass: those of the model for which the oldest one waits.
  private func next() -> [ScoringJob]? {
    state.withLock { state in
      guard let line = state.oldestLine() else {
        state.isRunning = false
        return nil
      }
      let jobs = state.change(line) { $0.takePass(tokens: limits.passTokens, bytes: limits.keptPromptBytes) } ?? []
      state.count(jobs, -1)
      return jobs
    }
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
