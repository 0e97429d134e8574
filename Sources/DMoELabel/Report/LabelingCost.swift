import Foundation

/// The cost of a run's requests.
@_spi(Command) public struct LabelingCost: Sendable, Hashable, Codable {
  /// The use of one model or judge.
  public struct Use: Sendable, Hashable, Codable {
    /// The model or judge.
    public var name: String
    /// Requests that were answered.
    public var requests: Int
    /// Tokens of requests.
    public var promptTokens: Int
    /// Those of `promptTokens` that the service had in its cache.
    public var cachedTokens: Int
    /// Tokens of replies.
    public var completionTokens: Int
    /// The cost, as a decimal number such as "0.0123"; nil if there is no price.
    public var money: String?

    /// The use of one model or judge.
    public init(
      name: String, requests: Int, promptTokens: Int, cachedTokens: Int = 0, completionTokens: Int,
      money: String? = nil
    ) {
      self.name = name
      self.requests = requests
      self.promptTokens = promptTokens
      self.cachedTokens = cachedTokens
      self.completionTokens = completionTokens
      self.money = money
    }
  }

  /// One for each model or judge, in the order of the report.
  public var uses: [Use]
  /// The currency as three lower-case letters.
  public var currency: String
  /// The cost that may have been billed without a report, as a decimal number; nil if nothing.
  public var uncertain: String?
  /// The ceiling that was set, as words such as "$5.00" or "200000 tokens"; nil without one.
  public var ceiling: String?

  /// The cost of a run's requests.
  public init(uses: [Use], currency: String = "usd", uncertain: String? = nil, ceiling: String? = nil) {
    self.uses = uses
    self.currency = currency
    self.uncertain = uncertain
    self.ceiling = ceiling
  }

  /// All uses together; its money is nil if that of one is.
  public var total: Use {
    let amounts = uses.map { $0.money.flatMap(Self.decimal) }
    let money = amounts.reduce(Decimal(0) as Decimal?) { sum, amount in
      if let sum, let amount { sum + amount } else { nil }
    }
    return Use(
      name: "all", requests: Self.sum(uses.map(\.requests)), promptTokens: Self.sum(uses.map(\.promptTokens)),
      cachedTokens: Self.sum(uses.map(\.cachedTokens)), completionTokens: Self.sum(uses.map(\.completionTokens)),
      money: uses.isEmpty ? nil : money.map { "\($0)" })
  }

  /// An amount of the run's currency as readers see it: "$0.0123" or "0.0123 eur".
  func text(_ amount: String?) -> String? {
    guard let amount, let value = Self.decimal(amount) else { return nil }
    var number = "\(value)"
    if !number.contains(".") { number += ".00" }
    if number.dropFirst(number.count - 2).first == "." { number += "0" }
    return currency == "usd" ? "$\(number)" : "\(number) \(currency)"
  }

  /// The cost of one of `count` things, with two significant digits or cents; nil without things or price.
  func text(perOneOf count: Int) -> String? {
    guard count > 0, let amount = total.money, let value = Self.decimal(amount) else { return nil }
    let one = (value / Decimal(count) as NSDecimalNumber).doubleValue
    guard one > 0 else { return text("0") }
    let digits = min(12, max(2, Int((1 - log10(one)).rounded(.up))))
    return text(String(format: "%.\(digits)f", one))
  }

  private static func decimal(_ text: String) -> Decimal? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2D }) else {
      return nil
    }
    return Decimal(string: text, locale: Locale(identifier: "en_US_POSIX"))
  }

  /// Services report these numbers, so they may be anything.
  private static func sum(_ numbers: [Int]) -> Int {
    numbers.reduce(0) { total, number in
      let (sum, overflow) = total.addingReportingOverflow(number)
      return overflow ? .max : sum
    }
  }
}
