extension PriceTable {
  /// The day of the data that `known` was taken from.
  public static let knownAsOf = "2026-08-05"

  /// Prices of a few widely used models, as a convenience: they change, so check them on the service's own page.
  ///
  /// List prices in US dollars for a million tokens, standard tier. Source: `data/openai.json` of the public data set
  /// github.com/simonw/llm-prices at commit 723ef0b of 2026-08-05, which repeats OpenAI's page
  /// platform.openai.com/docs/pricing; the page itself was not at hand. `gpt-4o-2024-05-13`, dearer than its family:
  /// `pricing.json` of github.com/outl1ne/openai-pricing.
  public static let known = PriceTable(
    currency: "usd",
    models: [
      "gpt-4o": price(2_500_000, 1_250_000, 10_000_000),
      "gpt-4o-2024-05-13": price(5_000_000, 5_000_000, 15_000_000),
      "gpt-4o-mini": price(150_000, 75_000, 600_000),
      "gpt-4.1": price(2_000_000, 500_000, 8_000_000),
      "gpt-4.1-mini": price(400_000, 100_000, 1_600_000),
      "gpt-4.1-nano": price(100_000, 25_000, 400_000),
    ])

  /// A price in millionths of a dollar.
  private static func price(_ input: Int64, _ cachedInput: Int64, _ output: Int64) -> ModelPrice {
    ModelPrice(
      input: Money(units: input * 1_000_000), cachedInput: Money(units: cachedInput * 1_000_000),
      output: Money(units: output * 1_000_000))
  }
}
