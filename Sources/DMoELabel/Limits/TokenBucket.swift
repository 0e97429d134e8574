/// An allowance that refills steadily.
///
/// It holds one second's worth, at least 1, so a minute's use exceeds the limit by no more than that and one request.
/// What is larger than the bucket passes when it is full, and later requests wait until the debt is paid.
struct TokenBucket {
  private let perSecond: Double
  private let capacity: Double
  private var level: Double
  private var time: Duration

  /// A full bucket.
  init(perMinute: Int, now: Duration) {
    perSecond = Double(perMinute) / 60
    capacity = max(perSecond, 1)
    level = capacity
    time = now
  }

  /// How long until an amount may be taken.
  mutating func wait(for amount: Int, now: Duration) -> Duration {
    if now > time {
      level = min(level + (now - time) / .seconds(1) * perSecond, capacity)
      time = now
    }
    let missing = min(Double(amount), capacity) - level
    // A nanosecond's worth is rounding.
    guard missing > perSecond * 1e-9 else { return .zero }
    return max(.seconds(missing / perSecond), .nanoseconds(1))
  }

  /// Takes an amount, or gives back a negative one.
  mutating func take(_ amount: Int) { level = min(level - Double(amount), capacity) }
}
