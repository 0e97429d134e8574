/// A clock that training is timed by; a test passes its own.
package struct TrainingClock: Sendable {
  private let now: @Sendable () -> Duration

  /// A clock of these readings, of which only differences count.
  package init(now: @escaping @Sendable () -> Duration) { self.now = now }

  /// The machine's clock.
  package static let machine: TrainingClock = {
    let start = ContinuousClock.now
    return TrainingClock { ContinuousClock.now - start }
  }()

  /// Starts to measure.
  ///
  /// - Returns: what gives the seconds since this call.
  package func stopwatch() -> () -> Double {
    let start = now()
    return { (now() - start) / .seconds(1) }
  }
}
