/// An exact amount of money in a currency that is known from elsewhere.
///
/// Sums never trap: they stop at the largest amount, some nine million units of the currency.
public struct Money: Sendable, Hashable {
  /// The amount in units of 10⁻¹² of the currency's unit, so that one token of the cheapest model is a whole number.
  public let units: Int64

  /// Nothing.
  public static let zero = Money(units: 0)
  /// The largest amount.
  public static let maximum = Money(units: .max)
  /// The number of `units` that make one dollar, euro, ...
  public static let unitsPerOne: Int64 = 1_000_000_000_000

  /// An amount in units of 10⁻¹² of the currency's unit.
  public init(units: Int64) {
    self.units = units
  }

  /// An amount in the currency's unit, rounded to the nearest of `units`; nil if it is not finite or too large.
  public init?(_ amount: Double) {
    let units = (amount * Double(Self.unitsPerOne)).rounded()
    guard units.isFinite, let exact = Int64(exactly: units) else { return nil }
    self.units = exact
  }

  /// Reads a decimal number such as `5`, `.5` or `0.0123`; nil if it is none, is negative or too large, or has more
  /// than 12 decimals.
  public init?(decimal text: some StringProtocol) {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first else { return nil }
    let fraction = parts.count == 2 ? String(parts[1]) : ""
    let digits = whole + fraction
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), fraction.utf8.count <= 12 else {
      return nil
    }
    guard let units = Int64(digits + String(repeating: "0", count: 12 - fraction.utf8.count)) else { return nil }
    self.units = units
  }

  /// Reads an amount with or without a currency, such as `5usd`, `5`, `0.50 USD` or `12.5eur`.
  ///
  /// - Returns: the amount and the currency as three lower-case letters, `usd` if none is named.
  /// - Throws: `LabelError.invalidMoney`.
  public static func parse(_ text: String) throws(LabelError) -> (amount: Money, currency: String) {
    var number = text.drop(while: \.isWhitespace)
    while number.last?.isWhitespace == true { number.removeLast() }
    var currency = "usd"
    if number.first == "$" {
      number.removeFirst()
    } else if let start = number.firstIndex(where: \.isLetter) {
      currency = number[start...].lowercased()
      number = number[..<start]
      while number.last?.isWhitespace == true { number.removeLast() }
    }
    guard isCurrency(currency), let amount = Money(decimal: number) else { throw .invalidMoney(text) }
    return (amount, currency)
  }

  /// Whether a text is three lower-case letters.
  static func isCurrency(_ code: String) -> Bool {
    code.utf8.count == 3 && code.utf8.allSatisfy { (0x61...0x7A).contains($0) }
  }

  /// The amount with its currency: `$0.0123` or `0.0123 eur`.
  ///
  /// - Parameters:
  ///   - currency: the currency of the amount, as three lower-case letters.
  ///   - decimals: how many decimals to show at most; amounts of money are rounded up.
  public func formatted(currency: String, decimals: Int = 12) -> String {
    let number = text(decimals: decimals)
    guard currency == "usd" else { return "\(number) \(currency)" }
    return number.hasPrefix("-") ? "-$\(number.dropFirst())" : "$\(number)"
  }

  /// The number with at least two decimals and no further zeros at its end.
  private func text(decimals: Int) -> String {
    var magnitude = units.magnitude
    let step = (0..<(12 - min(max(decimals, 2), 12))).reduce(UInt64(1)) { step, _ in step * 10 }
    if magnitude % step != 0 { magnitude = magnitude / step * step + (units > 0 ? step : 0) }
    let one = UInt64(Self.unitsPerOne)
    let digits = String(magnitude % one)
    var fraction = String(repeating: "0", count: 12 - digits.count) + digits
    while fraction.count > 2, fraction.hasSuffix("0") { fraction.removeLast() }
    return "\(units < 0 && magnitude > 0 ? "-" : "")\(magnitude / one).\(fraction)"
  }
}

extension Money: Comparable {
  /// Whether an amount is smaller.
  public static func < (left: Money, right: Money) -> Bool { left.units < right.units }
  /// The sum, at most the largest amount.
  public static func + (left: Money, right: Money) -> Money {
    let (sum, overflow) = left.units.addingReportingOverflow(right.units)
    return Money(units: overflow ? (left.units > 0 ? .max : .min) : sum)
  }
  /// The difference, at least the smallest amount.
  public static func - (left: Money, right: Money) -> Money {
    let (difference, overflow) = left.units.subtractingReportingOverflow(right.units)
    return Money(units: overflow ? (left.units >= 0 ? .max : .min) : difference)
  }
  /// Adds an amount.
  public static func += (left: inout Money, right: Money) { left = left + right }
}

extension Sequence<Money> {
  /// All amounts together.
  public func sum() -> Money { reduce(.zero, +) }
}

extension Money: CustomStringConvertible {
  /// The number without its currency.
  public var description: String { text(decimals: 12) }
}

extension Money: Codable {
  /// Reads the number as text, which keeps it exact.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let money = Money(decimal: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an amount of money")
    }
    self = money
  }

  /// Writes the number as text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
