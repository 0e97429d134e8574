import Synchronization

/// A gate that lets requests pass no faster than a service allows, in the order in which they came.
@_spi(Command) public final class RateGate: Sendable {
  private struct State {
    var active = 0
    var pausedUntil: Duration = .zero
    var requests: TokenBucket?
    var tokens: TokenBucket?
  }

  private enum Step {
    case pass
    case waitForRelease
    case sleep(Duration)
  }

  /// The limits.
  public let limits: RateLimits
  private let clock: any LabelClock
  private let state: Mutex<State>
  private let line = WaitingLine()
  /// Corrections may let the first pass before it expects to, so it looks again this often.
  private static let longestSleep = Duration.milliseconds(250)

  /// A gate.
  public init(limits: RateLimits, clock: any LabelClock = SystemLabelClock()) {
    self.limits = limits
    self.clock = clock
    let now = clock.now
    state = Mutex(
      State(
        requests: limits.requestsPerMinute.map { TokenBucket(perMinute: $0, now: now) },
        tokens: limits.tokensPerMinute.map { TokenBucket(perMinute: $0, now: now) }))
  }

  /// The number of requests in flight.
  public var requestsInFlight: Int { state.withLock { $0.active } }

  /// Waits until a request may be sent; `release` must follow.
  ///
  /// A request of more tokens than a minute allows passes too, and those behind it wait the longer.
  ///
  /// - Parameter tokens: what the request and its reply are expected to take.
  /// - Throws: `CancellationError`.
  public func acquire(tokens: Int) async throws {
    let ticket = line.join()
    defer { line.leave(ticket) }
    while true {
      try Task.checkCancellation()
      guard line.isFirst(ticket) else {
        try await line.wait(ticket)
        continue
      }
      switch step(tokens: tokens) {
      case .pass: return
      case .waitForRelease: try await line.wait(ticket)
      case .sleep(let duration): try await clock.sleep(for: duration)
      }
    }
  }

  /// Notes that a request is over.
  ///
  /// - Parameters:
  ///   - tokens: what `acquire` was told.
  ///   - used: what it took in truth; nil if that is not known.
  public func release(tokens: Int, used: Int? = nil) {
    state.withLock { state in
      precondition(state.active > 0, "RateGate.release: no request is in flight")
      state.active -= 1
      if let used { state.tokens?.take(min(max(used, 0), 1 << 40) - min(max(tokens, 0), 1 << 40)) }
    }
    line.callFirst()
  }

  /// Holds everything back for a time, such as a service's `Retry-After`.
  public func pause(for duration: Duration) { pause(until: clock.now + duration) }

  /// Holds everything back until a time of the gate's clock; an earlier time than that of another pause changes nothing.
  public func pause(until time: Duration) {
    state.withLock { $0.pausedUntil = max($0.pausedUntil, time) }
  }

  private func step(tokens: Int) -> Step {
    let tokens = min(max(tokens, 0), 1 << 40)
    return state.withLock { state in
      let now = clock.now
      guard state.active < limits.concurrentRequests else { return .waitForRelease }
      let wait = max(
        state.pausedUntil - now, state.requests?.wait(for: 1, now: now) ?? .zero,
        state.tokens?.wait(for: tokens, now: now) ?? .zero)
      guard wait <= .zero else { return .sleep(min(wait, Self.longestSleep)) }
      state.active += 1
      state.requests?.take(1)
      state.tokens?.take(tokens)
      return .pass
    }
  }
}
