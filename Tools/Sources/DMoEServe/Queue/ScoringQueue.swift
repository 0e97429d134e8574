import Dispatch
import Synchronization

/// What waits to be scored, in the order in which it came, and the one worker that scores it.
///
/// The worker has a thread of its own: arithmetic must not hold a thread that answers connections. Scoring itself uses all
/// cores, so that a second worker would only take them from the first.
final class ScoringQueue: Sendable {
  /// An item with the request that it is part of.
  struct Job: Sendable {
    let batch: ScoringBatch
    let place: Int
    let item: ScoringItem
    /// Tokens of the responses, without the template.
    let tokens: Int
    let key: KeptPrompts.Key
  }

  private struct State {
    var jobs: [Job] = []
    var responses = 0
    var tokens = 0
    var isRunning = false
    /// Tokens a second, of the last passes.
    var rate = 500.0

    mutating func keep(_ left: [Job]) {
      jobs = left
      responses = left.reduce(0) { $0 + $1.item.responses.count }
      tokens = left.reduce(0) { $0 + $1.tokens }
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
  func add(_ items: [ScoringItem], to batch: ScoringBatch) throws(ServeError) {
    let jobs = items.enumerated().map { place, item in
      Job(
        batch: batch, place: place, item: item,
        tokens: item.responses.reduce(0) { $0 + batch.model.tokenCount(of: $1) },
        key: KeptPrompts.Key(conversation: item.conversation, category: item.category))
    }
    let (responses, tokens) = jobs.reduce((0, 0)) { ($0.0 + $1.item.responses.count, $0.1 + $1.tokens) }
    enum Place {
      case taken(starts: Bool)
      case full(seconds: Int)
    }
    let place = state.withLock { state -> Place in
      // What nobody waits for any more takes nobody's place.
      if state.responses + responses > limits.queuedResponses { state.keep(state.jobs.filter { !$0.batch.isOver }) }
      guard state.responses + responses <= limits.queuedResponses || state.responses == 0 else {
        return .full(seconds: max(1, Int((Double(state.tokens) / state.rate).rounded(.up))))
      }
      state.jobs += jobs
      state.responses += responses
      state.tokens += tokens
      defer { state.isRunning = true }
      return .taken(starts: !state.isRunning)
    }
    switch place {
    case .taken(let starts): if starts { schedule { self.run() } }
    case .full(let seconds):
      throw ServeError(
        .queueFull, "\(limits.queuedResponses) responses wait already; try again in \(seconds) s", retryAfter: seconds)
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
    guard let pass = next() else { return }
    let start = ContinuousClock.now
    let tokens = ScoringPass(pass, of: pass[0], metrics: metrics).run()
    let seconds = start.duration(to: .now).seconds
    if tokens > 0, seconds > 0 {
      state.withLock { $0.rate = 0.8 * $0.rate + 0.2 * Double(tokens) / seconds }
      metrics.passed(tokens: tokens, seconds: seconds)
    }
    schedule { self.run() }
  }

  /// The jobs of the next pass: the oldest, and those that share its prompt, however late they came, while there is room by
  /// tokens. What nobody waits for any more is dropped.
  private func next() -> [Job]? {
    state.withLock { state in
      var taken: [Job] = []
      var tokens = 0
      var left: [Job] = []
      for job in state.jobs where !job.batch.isOver {
        let fits = taken.isEmpty || tokens + job.tokens <= limits.passTokens
        if fits, taken.first.map({ job.shares($0) }) ?? true {
          taken.append(job)
          tokens += job.tokens
        } else {
          left.append(job)
        }
      }
      state.keep(left)
      state.isRunning = !taken.isEmpty
      return taken.isEmpty ? nil : taken
    }
  }
}

extension ScoringQueue.Job {
  /// Whether another job goes on from the same prompt, on the same scale.
  fileprivate func shares(_ other: Self) -> Bool {
    batch.model === other.batch.model && item.isNormalized == other.item.isNormalized && key == other.key
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
