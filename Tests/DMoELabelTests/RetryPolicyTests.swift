import DMoEFoundation
@_spi(Command) import DMoELabel
import Testing

@Suite struct RetryPolicyTests {
  struct Failure: RetryableFailure, Equatable {
    var kind = "server"
    var isRetriable = true
    var retryAfter: Duration?
    var mayHaveBeenBilled = false
    var stopsEverything = false
  }

  /// How often the operation ran and when it was over.
  private func run(_ failure: Failure, successes: Int? = nil, gate: Bool = false) async -> (
    attempts: Int, end: Duration, error: Failure?
  ) {
    let time = VirtualTime()
    return await withTaskExecutorPreference(time) {
      var generator = RandomSource(seed: 1)
      var attempts = 0
      var error: Failure?
      do {
        try await RetryPolicy().retrying(clock: time, generator: &generator) { attempt in
          attempts = attempt
          if attempt != successes { throw failure }
        }
      } catch let thrown { error = thrown as? Failure }
      return (attempts, time.now, error)
    }
  }

  @Test func retriesEndAfterTheLastAttempt() async {
    let (attempts, end, error) = await run(Failure())
    #expect(attempts == 6)
    #expect(error == Failure())
    #expect(end > .zero && end <= .seconds(1 + 2 + 4 + 8 + 16))
  }

  @Test func successEndsThem() async {
    let (attempts, _, error) = await run(Failure(), successes: 3)
    #expect(attempts == 3)
    #expect(error == nil)
  }

  @Test(arguments: [
    Failure(isRetriable: false), Failure(stopsEverything: true), Failure(retryAfter: .seconds(601)),
  ]) func finalFailuresAreThrownAtOnce(failure: Failure) async {
    let (attempts, end, error) = await run(failure)
    #expect(attempts == 1)
    #expect(end == .zero)
    #expect(error == failure)
  }

  @Test func retryAfterIsHonoured() async {
    let (_, end, _) = await run(Failure(retryAfter: .seconds(20)), successes: 2)
    #expect(end >= .seconds(20) && end <= .seconds(21))
  }

  @Test func retryAfterPausesTheGate() async throws {
    let time = VirtualTime()
    let gate = RateGate(limits: RateLimits(), clock: time)
    try await withTaskExecutorPreference(time) {
      var generator = RandomSource(seed: 1)
      try await RetryPolicy().retrying(
        clock: time, generator: &generator, gate: gate,
        onRetry: { _, _ in
          // Another request comes now.
        }
      ) { attempt in
        if attempt == 1 { throw Failure(retryAfter: .seconds(5)) }
      }
      let before = time.now
      #expect(before >= .seconds(5))
      gate.pause(until: before + .seconds(7))
      gate.pause(until: before)
      try await gate.acquire(tokens: 1)
      #expect(time.now == before + .seconds(7))
    }
  }

  @Test func waitsGrowToTheirCap() {
    var generator = RandomSource(seed: 7)
    let policy = RetryPolicy(maximumAttempts: 100)
    for attempt in 1..<100 {
      let longest = min(Double(1 << min(attempt - 1, 30)), 60)
      let delay = policy.delay(afterAttempt: attempt, failure: Failure(), using: &generator)
      #expect(delay.map { $0 >= .zero && $0 <= .seconds(longest) } == true)
    }
    #expect(policy.delay(afterAttempt: 100, failure: Failure(), using: &generator) == nil)
  }
}
