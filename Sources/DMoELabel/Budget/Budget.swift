/// A ceiling on what may be spent: in money, in tokens, in both or in neither.
///
/// ```swift
/// let (amount, currency) = try Money.parse("5usd")
/// let budget = Budget(money: amount, tokens: 2_000_000)
/// let labeler = PreferenceLabeler(judges: [judge], prices: PriceTable(currency: currency), budget: budget)
/// ```
public struct Budget: Sendable, Hashable {
  /// The most money; nil is no ceiling.
  public var money: Money?
  /// The most tokens of requests and replies together; nil is no ceiling.
  public var tokens: Int?

  /// No ceiling.
  public static let unlimited = Budget()

  /// Ceilings; nil is none.
  public init(money: Money? = nil, tokens: Int? = nil) {
    self.money = money
    self.tokens = tokens
  }

  /// Whether there is no ceiling.
  public var isUnlimited: Bool { money == nil && tokens == nil }

  /// Whether spending stays at or beneath both ceilings.
  @_spi(Command) public func allows(_ spending: Spending) -> Bool {
    if let money, spending.money > money { return false }
    if let tokens, spending.tokens > tokens { return false }
    return true
  }

  /// The budget that remains after some spending.
  @_spi(Command) public func left(after spending: Spending) -> Budget {
    Budget(
      money: money.map { max($0 - spending.money, .zero) },
      tokens: tokens.map { max((Spending(tokens: $0, money: .zero) - spending).tokens, 0) })
  }
}
