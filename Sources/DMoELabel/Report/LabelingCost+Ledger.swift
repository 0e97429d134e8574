@_spi(Command) extension LabelingCost {
  /// The cost of a journal's requests, model by model in the order of their names.
  ///
  /// - Parameters:
  ///   - ledger: the journal's account.
  ///   - currency: the currency of the account, as three lower-case letters.
  ///   - budget: the ceiling on spending.
  ///   - isPriced: whether prices were known; without them there is no money to show.
  public init(ledger: Ledger, currency: String, budget: Budget = .unlimited, isPriced: Bool = true) {
    let uses = ledger.models.sorted { $0.key < $1.key }.map { model, use in
      Use(
        name: model, requests: use.replies, promptTokens: use.promptTokens, cachedTokens: use.cachedTokens,
        completionTokens: use.completionTokens, money: isPriced ? use.money.description : nil)
    }
    let ceilings = [budget.money?.formatted(currency: currency), budget.tokens.map { "\($0) tokens" }]
    self.init(
      uses: uses, currency: currency,
      uncertain: ledger.uncertain.money > .zero ? ledger.uncertain.money.description : nil,
      ceiling: budget.isUnlimited ? nil : ceilings.compactMap { $0 }.joined(separator: ", "))
  }
}
