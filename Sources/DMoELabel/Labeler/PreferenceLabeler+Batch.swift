import DMoEData
public import Foundation

/// The files and counts of an exported batch.
@_spi(Command) public struct BatchExport: Sendable {
  /// The files that were written; upload each as a batch of its own.
  public let files: [BatchFile]
  /// The number of requests they hold.
  public let requestCount: Int
  /// The number of requests that the budget did not allow.
  public let leftOutCount: Int
}

/// The counts of what was read from the results of a batch.
@_spi(Command) public struct BatchImport: Sendable, Hashable {
  /// Replies that were entered into the journal.
  public var replyCount = 0
  /// Requests that failed, by kind; they may be sent again.
  public var failures: [String: Int] = [:]
  /// Results of requests that the plan does not have.
  public var foreignCount = 0
  /// Results of requests whose answer was there already.
  public var repeatedCount = 0
}

extension PreferenceLabeler {
  /// The fraction of the price that batches save, as services of OpenAI's kind have it.
  public static let batchDiscount = 0.5

  /// Writes what is still to be asked into files for a service's batch interface.
  ///
  /// The requests are set aside in the journal: neither a run nor another export asks them again until their results
  /// are imported or they are released.
  ///
  /// - Parameters:
  ///   - plan: the comparisons to ask for.
  ///   - journal: the journal that keeps the answers.
  ///   - url: the file; if the requests need several, numbers are put before its extension.
  /// - Throws: `LabelError`, `DataError` if the file cannot be written.
  @_spi(Command) public func exportBatch(_ plan: ComparisonPlan, journal: LabelJournal, to url: URL) throws
    -> BatchExport
  {
    var ledger = journal.ledger
    let batched = journal.openBatchKeys
    var seen: Set<RequestKey> = []
    var requests: [CompletionRequest] = []
    var reservations: [Reservation] = []
    var leftOut = 0
    for index in 0..<unitCount(plan) {
      let request = unit(index, of: plan).request
      let key = RequestKey(request)
      guard !journal.hasReply(for: key), !batched.contains(key), seen.insert(key).inserted else { continue }
      let price = prices?.price(for: request.model)
      if budget.money != nil, price == nil { throw LabelError.unknownPrice(model: request.model) }
      if !budget.isUnlimited, request.maximumTokens == nil { throw LabelError.unboundedRequest(model: request.model) }
      let wish = Reservation(for: request, key: key, price: price, isBatch: true, discount: Self.batchDiscount)
      guard leftOut == 0, case .granted(let reservation) = ledger.reserve(wish, within: budget) else {
        leftOut += 1
        continue
      }
      requests.append(request)
      reservations.append(reservation)
    }
    guard !requests.isEmpty else { return BatchExport(files: [], requestCount: 0, leftOutCount: leftOut) }
    // The files first: a kill in between leaves files that the next export writes again, not requests that wait for ever.
    let files = try BatchFile.write(requests, to: url)
    try journal.recordSent(reservations)
    try journal.synchronize()
    return BatchExport(files: files, requestCount: requests.count, leftOutCount: leftOut)
  }

  /// Enters the results of a batch into the journal, at the price of batches.
  ///
  /// - Throws: `LabelError`; `DataError.badLine` for a line that is no result: the lines before it are entered.
  @_spi(Command) public func importBatch(
    _ results: consuming BatchResults, of plan: ComparisonPlan, journal: LabelJournal
  ) throws -> BatchImport {
    var units: [RequestKey: Int] = [:]
    for index in 0..<unitCount(plan) { units[RequestKey(unit(index, of: plan).request)] = index }
    let batched = journal.openBatchKeys
    var summary = BatchImport()
    while let line = try results.next() {
      guard let index = units[line.key] else {
        summary.foreignCount += 1
        continue
      }
      guard !journal.hasReply(for: line.key) else {
        summary.repeatedCount += 1
        continue
      }
      let unit = unit(index, of: plan)
      let reservation = Reservation(
        for: unit.request, key: line.key, price: prices?.price(for: unit.judge.model), isBatch: true,
        discount: Self.batchDiscount)
      switch line.result {
      case .success(let reply):
        try journal.recordReply(
          reply, for: line.key, model: unit.judge.model, cost: reservation.cost(of: reply.usage), isBatch: true,
          origin: unit.origin)
        summary.replyCount += 1
      case .failure(let error):
        if batched.contains(line.key) {
          try journal.recordFailure(
            error.kind, for: line.key, mayHaveBeenBilled: error.mayHaveBeenBilled, isBatch: true)
        }
        summary.failures[error.kind, default: 0] += 1
      }
    }
    try journal.synchronize()
    return summary
  }
}
