@_spi(Command) import DMoEData
@_spi(Command) import DMoELabel
import Testing

@Suite struct BudgetGateTests {
  private let prices = PriceTable(models: [
    "m": ModelPrice(input: Money(units: 1_000_000), output: Money(units: 3_000_000))
  ])

  private func request(_ number: Int, bytes: Int = 40, limit: Int? = 10) -> CompletionRequest {
    CompletionRequest(
      model: "m", messages: [.user("\(number)-" + String(repeating: "x", count: bytes))], maximumTokens: limit)
  }

  @Test func estimatesBoundTheBytes() {
    let request = CompletionRequest(model: "m", messages: [.user("文a")], maximumTokens: 7)
    let bound = TokenEstimate.upperBound(for: request)
    #expect(bound == TokenEstimate(promptTokens: 4 + 16 + 64, completionTokens: 7))
    #expect(TokenEstimate.upperBound(for: self.request(1, limit: nil)) == nil)
    #expect(TokenEstimate.likely(for: request) == TokenEstimate(promptTokens: 1 + 1 + 4, completionTokens: 7))
  }

  @Test func likelyEstimatesFollowReplies() async throws {
    let gate = BudgetGate(budget: .unlimited)
    let reservation = try await gate.acquire(request(1, bytes: 98))
    gate.settle(reservation, usage: .init(promptTokens: 50, completionTokens: 4))
    let use = try #require(gate.ledger.models["m"])
    #expect(
      TokenEstimate.likely(for: request(2, bytes: 198), use: use)
        == TokenEstimate(promptTokens: 100, completionTokens: 4))
  }

  @Test func aCeilingNeedsAPriceAndALimit() async {
    let gate = BudgetGate(budget: Budget(money: .maximum), prices: PriceTable())
    await #expect(throws: LabelError.unknownPrice(model: "m")) { try await gate.acquire(request(1)) }
    let tokens = BudgetGate(budget: Budget(tokens: 1000))
    await #expect(throws: LabelError.unboundedRequest(model: "m")) { try await tokens.acquire(request(1, limit: nil)) }
  }

  @Test func requestsWaitForThoseInFlightAndThenFail() async throws {
    let size = try #require(TokenEstimate.upperBound(for: request(1))).tokens
    let gate = BudgetGate(budget: Budget(tokens: size + 20))
    let first = try await gate.acquire(request(1))
    async let second = gate.acquire(request(2))
    gate.settle(first, usage: .init(promptTokens: 15, completionTokens: 5))
    let granted = try await second
    gate.fail(granted, mayHaveBeenBilled: true)
    #expect(gate.ledger.uncertain == granted.spending)
    await #expect(throws: LabelError.self) { try await gate.acquire(request(3)) }
  }

  @Test func cancelledWaitersLeaveTheLine() async throws {
    let size = try #require(TokenEstimate.upperBound(for: request(1))).tokens
    let gate = BudgetGate(budget: Budget(tokens: size))
    let first = try await gate.acquire(request(1))
    let waiting = Task { try await gate.acquire(request(2)) }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    gate.fail(first, mayHaveBeenBilled: false)
    _ = try await gate.acquire(request(3))
    #expect(gate.ledger.committed.tokens == size)
  }

  @Test func repliesBeyondTheirReservationEnlargeLaterOnes() async throws {
    let gate = BudgetGate(budget: Budget(tokens: 1_000_000))
    let first = try await gate.acquire(request(1))
    gate.settle(first, usage: .init(promptTokens: first.spending.tokens * 2, completionTokens: 0))
    #expect(gate.ledger.spent.tokens == first.spending.tokens * 2, "the truth is recorded")
    #expect(try await gate.acquire(request(2)).spending.tokens == first.spending.tokens * 2)
  }

  @Test func repliesWithoutUsageCountAsReserved() async throws {
    let gate = BudgetGate(budget: Budget(tokens: 1000))
    let first = try await gate.acquire(request(1))
    #expect(gate.settle(first, usage: nil) == nil)
    #expect(gate.ledger.uncertain == first.spending)
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func theCeilingIsNeverPassed(seed: UInt64) async throws {
    let ceiling = Budget(money: Money(units: 20_000), tokens: 15_000)
    let gate = BudgetGate(budget: ceiling, prices: prices)
    let granted = try await withThrowingTaskGroup(of: Int.self) { group in
      for worker in 0..<32 {
        group.addTask {
          var random = RandomSource(seed: seed &* 1000 &+ UInt64(worker))
          var granted = 0
          for item in 0..<40 {
            let request = request(worker * 1000 + item, bytes: .random(in: 0...200, using: &random), limit: 50)
            let reservation: Reservation
            do { reservation = try await gate.acquire(request) } catch is LabelError { continue }
            #expect(ceiling.allows(gate.ledger.committed))
            granted += 1
            await Task.yield()
            switch Int.random(in: 0..<4, using: &random) {
            case 0: gate.fail(reservation, mayHaveBeenBilled: Bool.random(using: &random))
            default:
              let prompt = Int.random(in: 1...(reservation.promptBytes + 80), using: &random)
              gate.settle(
                reservation, usage: .init(promptTokens: prompt, completionTokens: .random(in: 0...50, using: &random)))
            }
            #expect(ceiling.allows(gate.ledger.committed))
          }
          return granted
        }
      }
      return try await group.reduce(0, +)
    }
    let ledger = gate.ledger
    #expect(granted > 50 && granted < 32 * 40, "the ceiling was met in the middle")
    #expect(ledger.reserved == .zero)
    #expect(ledger.committed == ledger.spent + ledger.uncertain)
  }
}
