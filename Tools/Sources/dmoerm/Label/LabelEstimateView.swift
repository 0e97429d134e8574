@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM

/// What a labelling run will take, as it is shown before anything is sent.
struct LabelEstimateView: Encodable {
  var pairs: Int
  var comparedPairs: Int
  var comparisons: Int
  var requests: Int
  var answered: Int
  var batched: Int
  var remaining: Int
  var likelyPromptTokens: Int
  var likelyCompletionTokens: Int
  var likelyCost: String?
  var mostTokens: Int?
  var mostCost: String?
  var spent: String?
  var ceiling: [String]
  /// Whether no reply is known yet whose length could be taken into account.
  var assumesNoThoughts: Bool

  init(
    _ estimate: LabelingEstimate, plan: ComparisonPlan, budget: Budget, ledger: Ledger?, currency: String
  ) {
    func text(_ money: Money) -> String { money.formatted(currency: currency, decimals: 4) }
    pairs = plan.pairCount
    comparedPairs = plan.comparedPairCount
    comparisons = plan.comparisons.count
    requests = estimate.requestCount
    answered = estimate.answeredCount
    batched = estimate.batchedCount
    remaining = estimate.remainingCount
    likelyPromptTokens = estimate.likely.promptTokens
    likelyCompletionTokens = estimate.likely.completionTokens
    likelyCost = estimate.likelyCost.map(text)
    mostTokens = estimate.mostTokens
    mostCost = estimate.mostCost.map(text)
    spent = ledger.map { text($0.spent.money + $0.uncertain.money) }
    assumesNoThoughts = ledger.map { $0.models.values.allSatisfy { $0.measuredReplies == 0 } } ?? true
    ceiling = [budget.money.map(text), budget.tokens.map { "\($0) tokens" }].compactMap { $0 }
  }

  func lines(_ terminal: Terminal) -> [String] {
    let tokens =
      "\(Numbers.rate(Double(likelyPromptTokens))) in, \(Numbers.rate(Double(likelyCompletionTokens))) out"
      + (assumesNoThoughts ? ", more if the model thinks" : "")
    return FactList([
      ("pairs", comparedPairs == pairs ? "\(pairs)" : "\(comparedPairs) of \(pairs)"),
      ("comparisons", "\(comparisons)"),
      ("requests", "\(requests), \(answered) answered already, \(remaining) to send"),
      ("in batches", batched > 0 ? "\(batched)" : nil),
      ("tokens", tokens + (mostTokens.map { "; at most \(Numbers.rate(Double($0)))" } ?? "")),
      ("cost", (likelyCost ?? "unknown: no price") + (mostCost.map { "; at most \($0)" } ?? "")),
      ("spent so far", answered > 0 ? spent : nil),
      ("ceiling", ceiling.isEmpty ? "none" : ceiling.joined(separator: ", ")),
    ]).lines(terminal)
  }
}
