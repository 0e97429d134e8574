@_spi(Command) import DMoELabel
import Synchronization
import Testing

@Suite struct RateGateTests {
  private final class Log: Sendable {
    let entries = Mutex<(times: [Duration], order: [Int], most: Int)>(([], [], 0))
  }

  /// The times at which tasks pass that all come at once.
  private func passes(
    _ count: Int, limits: RateLimits, tokens: Int = 0, used: Int? = nil, pause: Duration? = nil,
    holding: Duration = .zero
  ) async throws -> (times: [Duration], order: [Int], most: Int) {
    let time = VirtualTime()
    let gate = RateGate(limits: limits, clock: time)
    if let pause { gate.pause(for: pause) }
    let log = Log()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<count {
        group.addTask(executorPreference: time) {
          do {
            try await gate.acquire(tokens: tokens)
            log.entries.withLock { log in
              log.times.append(time.now)
              log.order.append(number)
              log.most = max(log.most, gate.requestsInFlight)
            }
            if holding > .zero { try await time.sleep(for: holding) }
            gate.release(tokens: tokens, used: used)
          } catch {
            Issue.record(error)
          }
        }
      }
    }
    return log.entries.withLock { $0 }
  }

  @Test func requestsPassEvenlyAndInOrder() async throws {
    let (times, order, _) = try await passes(7, limits: RateLimits(concurrentRequests: 100, requestsPerMinute: 30))
    #expect(order == Array(0..<7))
    for (number, time) in times.enumerated() {
      // Rounding of waits to whole nanoseconds.
      #expect(abs(time / .seconds(1) - Double(number) * 2) < 1e-6)
    }
  }

  @Test func concurrencyIsBounded() async throws {
    let (times, _, most) = try await passes(10, limits: RateLimits(concurrentRequests: 3), holding: .seconds(1))
    #expect(most == 3)
    #expect(times.last == .seconds(3))
  }

  @Test func requestsLargerThanAMinuteStillPass() async throws {
    let (times, _, _) = try await passes(2, limits: RateLimits(tokensPerMinute: 60), tokens: 120)
    #expect(times[0] == .zero)
    // The debt of 119 tokens and the one of a full bucket.
    #expect(abs(times[1] / .seconds(1) - 120) < 1e-6)
  }

  @Test func unusedTokensAreGivenBack() async throws {
    let limits = RateLimits(concurrentRequests: 1, tokensPerMinute: 600)
    let estimated = try await passes(5, limits: limits, tokens: 100)
    let corrected = try await passes(5, limits: limits, tokens: 100, used: 10)
    #expect(abs(estimated.times[4] / .seconds(1) - 40) < 1e-6)
    #expect(abs(corrected.times[4] / .seconds(1) - 4) < 1e-6)
  }

  @Test func aPauseHoldsEverything() async throws {
    let (times, _, _) = try await passes(3, limits: RateLimits(), pause: .seconds(30))
    #expect(times == [.seconds(30), .seconds(30), .seconds(30)])
  }

  @Test func cancelledWaitersLeaveTheGate() async throws {
    let gate = RateGate(limits: RateLimits(concurrentRequests: 1))
    try await gate.acquire(tokens: 0)
    let waiting = Task { try await gate.acquire(tokens: 0) }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    gate.release(tokens: 0)
    try await gate.acquire(tokens: 0)
    #expect(gate.requestsInFlight == 1)
  }
}
