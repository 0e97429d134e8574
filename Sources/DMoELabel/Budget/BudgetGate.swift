import Synchronization

/// A gate that lets a request pass only if it cannot lead past the budget.
///
/// Everyone who acquires a reservation settles it, fails it, or gives it back.
@_spi(Command) public final class BudgetGate: Sendable {
  /// The ceilings.
  public let budget: Budget
  private let prices: PriceTable?
  private let state: Mutex<Ledger>
  private let line = WaitingLine()

  /// A gate.
  ///
  /// - Parameters:
  ///   - budget: the ceilings, what earlier runs have spent included.
  ///   - ledger: what earlier runs have spent; `LabelJournal.ledger` knows it.
  ///   - prices: what models cost; a ceiling in money needs it.
  public init(budget: Budget, ledger: Ledger = Ledger(), prices: PriceTable? = nil) {
    self.budget = budget
    self.prices = prices
    state = Mutex(ledger)
  }

  /// The amounts spent and set aside so far.
  public var ledger: Ledger { state.withLock { $0 } }

  /// Sets aside what a request may take, and waits for requests in flight if the ceiling is near.
  ///
  /// Requests pass in the order in which they came.
  ///
  /// - Parameters:
  ///   - request: the request that wants to be sent.
  ///   - key: the request's name; nil derives it from the request.
  ///   - isBatch: whether the request goes through a batch file; such requests free nothing while others wait.
  ///   - discount: the fraction of the price that is taken off, in 0 ... 1.
  /// - Throws: `LabelError.unknownPrice`, `.unboundedRequest`, `.budgetExhausted`; `CancellationError`.
  public func acquire(
    _ request: CompletionRequest, key: RequestKey? = nil, isBatch: Bool = false, discount: Double = 0
  ) async throws -> Reservation {
    let price = prices?.price(for: request.model)
    if budget.money != nil, price == nil { throw LabelError.unknownPrice(model: request.model) }
    if !budget.isUnlimited, request.maximumTokens == nil { throw LabelError.unboundedRequest(model: request.model) }
    let wish = Reservation(for: request, key: key, price: price, isBatch: isBatch, discount: discount)
    let ticket = line.join()
    defer { line.leave(ticket) }
    while true {
      try Task.checkCancellation()
      if line.isFirst(ticket) {
        switch state.withLock({ $0.reserve(wish, within: budget) }) {
        case .granted(let reservation): return reservation
        case .exhausted:
          let (needed, settled) = state.withLock { ($0.scaled(wish).spending, $0.committed - $0.reserved) }
          throw LabelError.budgetExhausted(
            tokens: needed.tokens, money: needed.money, left: budget.left(after: settled))
        case .wait: break
        }
      }
      try await line.wait(ticket)
    }
  }

  /// Notes a reply and frees what it did not use.
  ///
  /// - Returns: what it cost; nil if the service did not report usage, which counts as all that was set aside.
  @discardableResult public func settle(_ reservation: Reservation, usage: CompletionReply.Usage?) -> Money? {
    let cost = reservation.cost(of: usage)
    state.withLock {
      $0.settle(
        reservation.key, isBatch: reservation.isBatch, model: reservation.model, usage: usage, cost: cost)
    }
    line.callFirst()
    return cost
  }

  /// Notes that a request has failed, or was never sent.
  ///
  /// - Parameters:
  ///   - reservation: what was set aside for the request.
  ///   - mayHaveBeenBilled: whether what was set aside counts as spent.
  public func fail(_ reservation: Reservation, mayHaveBeenBilled: Bool) {
    state.withLock {
      $0.fail(reservation.key, isBatch: reservation.isBatch, mayHaveBeenBilled: mayHaveBeenBilled)
    }
    line.callFirst()
  }
}
