/// A clock for limits and retries, which a test can replace so that it need not wait.
@_spi(Command) public protocol LabelClock: Sendable {
  /// The time since some start.
  var now: Duration { get }
  /// Waits.
  ///
  /// - Throws: `CancellationError`.
  func sleep(for duration: Duration) async throws
}

/// The machine's clock.
@_spi(Command) public struct SystemLabelClock: LabelClock {
  private let start = ContinuousClock.now

  /// A clock that starts now.
  public init() {}

  /// The time since the clock was made.
  public var now: Duration { ContinuousClock.now - start }

  /// Waits in real time.
  public func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}
