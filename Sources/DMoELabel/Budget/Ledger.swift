/// An account of what was spent, what may have been spent, and what is set aside.
@_spi(Command) public struct Ledger: Sendable, Hashable {
  /// The cost of replies by the usage that their service reports.
  public private(set) var spent = Spending.zero
  /// The cost that may have been billed without a report: requests that were sent and never answered, or answered
  /// without usage. They count as much as was set aside for them.
  public private(set) var uncertain = Spending.zero
  /// The amount set aside for requests in batch files.
  public private(set) var pendingBatch = Spending.zero
  /// The amount set aside for requests in flight.
  public private(set) var reserved = Spending.zero
  /// The use of each model.
  public private(set) var models: [String: ModelUse] = [:]
  /// The most by which a reply has exceeded its reservation's estimate; at least 1. Later reservations are as much larger.
  public private(set) var worstExcess = 1.0
  /// The number of requests that may have been billed without a report.
  public private(set) var uncertainRequests = 0

  private var open: [RequestKey: [Reservation]] = [:]

  /// An empty ledger.
  public init() {}

  /// Everything that counts against a ceiling.
  public var committed: Spending { spent + uncertain + pendingBatch + reserved }
  /// Whether requests are in flight, which free what they do not use.
  public var hasRequestsInFlight: Bool { reserved != .zero }
  /// The requests in batch files that have no reply yet.
  public var openBatchKeys: Set<RequestKey> { Set(open.filter { $0.value.contains(where: \.isBatch) }.keys) }

  /// The decision on a request that someone wishes to send.
  public enum Decision: Sendable, Hashable {
    /// It may be sent; this much is set aside.
    case granted(Reservation)
    /// It might pass the ceiling, but requests in flight may free enough.
    case wait
    /// It might pass the ceiling whatever becomes of the requests in flight.
    case exhausted
  }

  /// Sets aside what a request may take, unless that could pass a ceiling.
  ///
  /// So long as no service bills more than was set aside, `committed` never passes the ceiling.
  public mutating func reserve(_ reservation: Reservation, within budget: Budget) -> Decision {
    let scaled = self.scaled(reservation)
    guard budget.allows(spent + uncertain + pendingBatch + scaled.spending) else { return .exhausted }
    guard budget.allows(committed + scaled.spending) else { return .wait }
    add(scaled)
    return .granted(scaled)
  }

  /// A reservation as large as earlier replies make advisable.
  func scaled(_ reservation: Reservation) -> Reservation {
    guard worstExcess > reservation.scale else { return reservation }
    var scaled = reservation
    scaled.spending = reservation.spending.scaled(by: worstExcess / reservation.scale)
    scaled.scale = worstExcess
    return scaled
  }

  /// Notes that a request is sent.
  mutating func add(_ reservation: Reservation) {
    open[reservation.key, default: []].append(reservation)
    if reservation.isBatch { pendingBatch += reservation.spending } else { reserved += reservation.spending }
  }

  /// Notes a reply.
  ///
  /// - Parameter cost: what it cost; nil if the service did not report usage.
  mutating func settle(
    _ key: RequestKey, isBatch: Bool, model: String, usage: CompletionReply.Usage?, cost: Money?
  ) {
    let reservation = take(key, isBatch: isBatch)
    models[model, default: ModelUse()].add(usage, cost: cost ?? .zero, promptBytes: reservation?.promptBytes)
    guard let usage else {
      if let reservation { addUncertain(reservation) }
      return
    }
    let actual = Spending(
      tokens: TokenEstimate(
        promptTokens: max(usage.promptTokens, 0), completionTokens: max(usage.completionTokens, 0)
      ).tokens, money: cost ?? .zero)
    spent += actual
    if let reservation {
      worstExcess = max(worstExcess, actual.excess(over: reservation.spending) * reservation.scale)
    }
  }

  /// Notes that a request has failed.
  ///
  /// - Parameter mayHaveBeenBilled: whether what was set aside counts as spent.
  mutating func fail(_ key: RequestKey, isBatch: Bool, mayHaveBeenBilled: Bool) {
    guard let reservation = take(key, isBatch: isBatch), mayHaveBeenBilled else { return }
    addUncertain(reservation)
  }

  /// Counts all requests in flight as sent and never answered: their process is gone.
  mutating func abandonRequestsInFlight() {
    for (key, reservations) in open {
      for reservation in reservations where !reservation.isBatch {
        addUncertain(reservation)
      }
      let batch = reservations.filter(\.isBatch)
      open[key] = batch.isEmpty ? nil : batch
    }
    reserved = .zero
  }

  private mutating func addUncertain(_ reservation: Reservation) {
    uncertain += reservation.spending
    uncertainRequests += 1
  }

  /// Takes back the latest reservation of a request.
  private mutating func take(_ key: RequestKey, isBatch: Bool) -> Reservation? {
    guard var reservations = open[key], let index = reservations.lastIndex(where: { $0.isBatch == isBatch }) else {
      return nil
    }
    let reservation = reservations.remove(at: index)
    open[key] = reservations.isEmpty ? nil : reservations
    if isBatch { pendingBatch -= reservation.spending } else { reserved -= reservation.spending }
    return reservation
  }
}
