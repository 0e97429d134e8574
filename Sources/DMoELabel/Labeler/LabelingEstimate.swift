import DMoEData

/// An estimate of what a plan will take, before anything is sent.
public struct LabelingEstimate: Sendable, Hashable {
  /// All requests of the plan, two for every comparison and judge.
  public var requestCount = 0
  /// Those whose answer is in the journal, or that another request of the plan answers as well.
  public var answeredCount = 0
  /// Those in a batch file whose result is not there yet.
  public var batchedCount = 0
  /// Tokens that the remaining requests and their replies will probably take; until the journal has replies of a model,
  /// these are reckoned without thoughts.
  @_spi(Command) public var likely = TokenEstimate(promptTokens: 0, completionTokens: 0)
  /// The likely cost of those tokens; nil if a model has no price.
  public var likelyCost: Money? = .zero
  /// The most that they can take and cost; nil if a request sets no limit to its reply.
  @_spi(Command) public var most: Spending? = .zero
  /// Models without a price.
  public var unpricedModels: [String] = []

  /// The most tokens that the remaining requests and their replies can take; nil if a request sets no limit to its reply.
  public var mostTokens: Int? { most?.tokens }
  /// The most that they can cost; nil if a request sets no limit to its reply, or a model has no price.
  public var mostCost: Money? { unpricedModels.isEmpty ? most?.money : nil }
  /// Requests that are still to be sent.
  public var remainingCount: Int { requestCount - answeredCount - batchedCount }
}

extension PreferenceLabeler {
  /// Counts what a run would send, without sending anything.
  ///
  /// - Parameters:
  ///   - plan: the plan to estimate.
  ///   - journal: answers that are there already, and what tokens of its models have been like so far; nil for a first
  ///     run.
  ///   - discount: the fraction of the price that is taken off; 0.5 for the batch interface.
  public func estimate(
    _ plan: ComparisonPlan, journal: LabelJournal? = nil, discount: Double = 0
  ) -> LabelingEstimate {
    var estimate = LabelingEstimate()
    estimate.requestCount = unitCount(plan)
    let ledger = journal?.ledger ?? Ledger()
    let batched = journal?.openBatchKeys ?? []
    estimate.unpricedModels = Set(judges.map(\.model)).filter { prices?.price(for: $0) == nil }.sorted()
    if !estimate.unpricedModels.isEmpty { estimate.likelyCost = nil }
    var seen: Set<RequestKey> = []
    for index in 0..<estimate.requestCount {
      let unit = unit(index, of: plan)
      let request = unit.request
      let key = RequestKey(request)
      if journal?.hasReply(for: key) ?? false || !seen.insert(key).inserted {
        estimate.answeredCount += 1
      } else if batched.contains(key) {
        estimate.batchedCount += 1
      } else {
        let tokens = TokenEstimate.likely(
          for: request, use: ledger.models[request.model], replyTokens: unit.likelyReplyTokens)
        estimate.add(request, tokens, prices?.price(for: request.model), discount)
      }
    }
    return estimate
  }
}

extension LabelingEstimate {
  fileprivate mutating func add(
    _ request: CompletionRequest, _ tokens: TokenEstimate, _ price: ModelPrice?, _ discount: Double
  ) {
    likely.promptTokens += tokens.promptTokens
    likely.completionTokens += tokens.completionTokens
    if let price, let cost = likelyCost {
      likelyCost = cost + price.largestCost(of: tokens, discount: discount)
    }
    let bound = Reservation(for: request, price: price, discount: discount).spending
    most = request.maximumTokens == nil ? nil : most.map { $0 + bound }
  }
}
