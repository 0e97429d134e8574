/// The price of a million tokens of a model.
public struct ModelPrice: Sendable, Hashable {
  /// A million tokens of requests.
  public var input: Money
  /// A million tokens of requests that the service has in its cache.
  public var cachedInput: Money
  /// A million tokens of replies.
  public var output: Money

  /// Prices of a million tokens; without a price of its own, cached input costs what input costs.
  public init(input: Money, cachedInput: Money? = nil, output: Money) {
    self.input = input
    self.cachedInput = cachedInput ?? input
    self.output = output
  }

  /// The cost of a request, rounded up to a whole unit of `Money`.
  ///
  /// - Parameters:
  ///   - usage: the tokens that the service reports; impossible counts are brought into range.
  ///   - discount: the fraction of the price that is taken off, in 0 ... 1; 0.5 for the batch interface.
  public func cost(of usage: CompletionReply.Usage, discount: Double = 0) -> Money {
    let prompt = Self.clamped(usage.promptTokens)
    let cached = min(Self.clamped(usage.cachedTokens), prompt)
    return Self.discounted(
      (prompt - cached) * Int128(input.units) + cached * Int128(cachedInput.units)
        + Self.clamped(usage.completionTokens) * Int128(output.units), by: discount)
  }

  /// The most that a request can cost: nothing of it need be in a cache, or cost less there.
  @_spi(Command) public func largestCost(of estimate: TokenEstimate, discount: Double = 0) -> Money {
    Self.discounted(
      Self.clamped(estimate.promptTokens) * Int128(max(input, cachedInput).units)
        + Self.clamped(estimate.completionTokens) * Int128(output.units), by: discount)
  }

  /// Bounds that keep products of tokens and prices within 128 bits.
  private static func clamped(_ tokens: Int) -> Int128 { Int128(min(max(tokens, 0), 1 << 56)) }

  /// Brings the cost of a million tokens down to the cost of one, and takes off the discount.
  private static func discounted(_ perMillion: Int128, by discount: Double) -> Money {
    let off = discount.isFinite ? Int128((min(max(discount, 0), 1) * 1_000_000).rounded(.down)) : 0
    let whole = (perMillion + 999_999) / 1_000_000
    let millionths = min(whole, Int128(Int64.max)) * (1_000_000 - off)
    return Money(units: Int64(min((millionths + 999_999) / 1_000_000, Int128(Int64.max))))
  }
}
