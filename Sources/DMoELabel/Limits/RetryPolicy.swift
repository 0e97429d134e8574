/// The settings for sending a failed request again: how often, and after what time.
///
/// Waiting times grow exponentially and are drawn from zero to their full length ("full jitter"), so that requests that
/// failed together do not return together.
public struct RetryPolicy: Sendable, Hashable {
  /// The most times that a request is sent, the first time included; at least 1.
  public var maximumAttempts: Int
  /// The longest wait after the first failure.
  public var baseDelay: Duration
  /// The factor by which the longest wait grows with every failure.
  public var factor: Double
  /// The longest wait of all.
  public var maximumDelay: Duration
  /// The longest `Retry-After` that is waited for; a longer one is a final failure.
  public var maximumRetryAfter: Duration

  /// A policy.
  public init(
    maximumAttempts: Int = 6, baseDelay: Duration = .seconds(1), factor: Double = 2,
    maximumDelay: Duration = .seconds(60), maximumRetryAfter: Duration = .seconds(600)
  ) {
    self.maximumAttempts = max(maximumAttempts, 1)
    self.baseDelay = baseDelay
    self.factor = factor
    self.maximumDelay = maximumDelay
    self.maximumRetryAfter = maximumRetryAfter
  }

  /// The time to wait after a failure; nil if it is final.
  ///
  /// With a `Retry-After` the wait is that and up to one base delay more.
  ///
  /// - Parameters:
  ///   - attempt: which attempt has failed, counted from 1.
  ///   - failure: the failure.
  ///   - generator: the source of random waiting times.
  package func delay(
    afterAttempt attempt: Int, failure: some RetryableFailure, using generator: inout some RandomNumberGenerator
  ) -> Duration? {
    guard failure.isRetriable, !failure.stopsEverything, attempt < maximumAttempts else { return nil }
    if let asked = failure.retryAfter {
      guard asked <= maximumRetryAfter else { return nil }
      return max(asked, .zero) + baseDelay * Double.random(in: 0...1, using: &generator)
    }
    var longest = min(baseDelay, maximumDelay)
    for _ in 1..<max(attempt, 1) where longest < maximumDelay { longest = min(longest * factor, maximumDelay) }
    return longest * Double.random(in: 0...1, using: &generator)
  }

  /// Runs an operation until it succeeds or fails for good.
  ///
  /// Errors that are no `RetryableFailure` are final. The operation gets the number of its attempt, counted from 1.
  ///
  /// - Parameters:
  ///   - clock: the clock by which waits are measured.
  ///   - generator: the source of the waiting times; one for each request keeps them independent of scheduling.
  ///   - gate: is paused for a service's `Retry-After`, where that holds for all requests of the gate.
  ///   - onRetry: is told each failure that is followed by another attempt, and the wait before it.
  ///   - operation: the request; it is told which attempt it is, counted from 1.
  /// - Throws: the last error; `CancellationError`.
  package func retrying<Value>(
    clock: any LabelClock, generator: inout some RandomNumberGenerator, gate: RateGate? = nil,
    onRetry: (any RetryableFailure, Duration) throws -> Void = { _, _ in },
    operation: (Int) async throws -> Value
  ) async throws -> Value {
    var attempt = 1
    while true {
      try Task.checkCancellation()
      do {
        return try await operation(attempt)
      } catch let failure as any RetryableFailure {
        guard let delay = delay(afterAttempt: attempt, failure: failure, using: &generator) else { throw failure }
        if let asked = failure.retryAfter { gate?.pause(for: asked) }
        try onRetry(failure, delay)
        try await clock.sleep(for: delay)
      }
      attempt += 1
    }
  }
}
