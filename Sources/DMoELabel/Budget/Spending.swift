/// An amount of tokens and money.
@_spi(Command) public struct Spending: Sendable, Hashable {
  /// Tokens of requests and replies.
  public var tokens: Int
  /// The cost of the tokens.
  public var money: Money

  /// Nothing.
  public static let zero = Spending(tokens: 0, money: .zero)

  /// An amount of tokens and money.
  public init(tokens: Int, money: Money) {
    self.tokens = tokens
    self.money = money
  }

  /// Both sums; they stop at the largest numbers.
  public static func + (left: Spending, right: Spending) -> Spending {
    let (tokens, overflow) = left.tokens.addingReportingOverflow(right.tokens)
    return Spending(tokens: overflow ? .max : tokens, money: left.money + right.money)
  }
  /// Both differences.
  public static func - (left: Spending, right: Spending) -> Spending {
    let (tokens, overflow) = left.tokens.subtractingReportingOverflow(right.tokens)
    return Spending(tokens: overflow ? .min : tokens, money: left.money - right.money)
  }
  /// Adds to both.
  public static func += (left: inout Spending, right: Spending) { left = left + right }
  /// Takes from both.
  public static func -= (left: inout Spending, right: Spending) { left = left - right }

  /// Both multiplied by a factor of at least 1 and rounded up.
  func scaled(by factor: Double) -> Spending {
    guard factor > 1 else { return self }
    return Spending(
      tokens: Int(exactly: (Double(tokens) * factor).rounded(.up)) ?? .max,
      money: Money(units: Int64(exactly: (Double(money.units) * factor).rounded(.up)) ?? .max))
  }

  /// How much larger this is than an estimate, in tokens or in money, whichever is worse; at least 1.
  func excess(over estimate: Spending) -> Double {
    var excess = 1.0
    if estimate.tokens > 0 { excess = max(excess, Double(tokens) / Double(estimate.tokens)) }
    if estimate.money > .zero { excess = max(excess, Double(money.units) / Double(estimate.money.units)) }
    return excess
  }
}
