import ArgumentParser
@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM
import Foundation

/// How fast and how much.
struct SpendingArguments: ParsableArguments {
  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "The ceiling for all that the journal records, such as 5usd or 2000000tokens. Given twice, both hold.",
      valueName: "amount"))
  var budget: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The price of a million tokens of prompts and of replies, such as 0.15,0.60.", valueName: "in,out"))
  var price: String?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A JSON table of prices.",
      discussion: #"{"currency":"usd","models":{"NAME":{"input":0.15,"cachedInput":0.075,"output":0.60}}}"#,
      valueName: "file"), transform: pathWord)
  var prices: String?
  @Option(help: "How many requests are in flight at a time.") var concurrency = 8
  @Option(help: "The most requests a minute.") var requestsPerMinute: Int?
  @Option(help: "The most tokens a minute.") var tokensPerMinute: Int?
  @Option(help: "How often a request is sent if it fails in a way that may pass.") var attempts = 6

  func validate() throws {
    for (name, value, most) in [
      // Each takes a connection, of which a process may usually open about a thousand.
      ("concurrency", concurrency, 1000), ("requests-per-minute", requestsPerMinute ?? 1, 1_000_000_000),
      ("tokens-per-minute", tokensPerMinute ?? 1, 1_000_000_000_000), ("attempts", attempts, 100),
    ] {
      try Bounds.check("--\(name)", value, 1...most)
    }
    if price != nil, prices != nil { throw ValidationError("--price and --prices exclude each other") }
    _ = try ceiling()
    _ = try uniformPrice()
  }

  /// The options that are not as they are without being typed.
  var given: [String] {
    let options: [(name: String, isGiven: Bool)] = [
      ("--budget", !budget.isEmpty), ("--price", price != nil), ("--prices", prices != nil),
      ("--concurrency", concurrency != 8), ("--requests-per-minute", requestsPerMinute != nil),
      ("--tokens-per-minute", tokensPerMinute != nil), ("--attempts", attempts != 6),
    ]
    return options.filter(\.isGiven).map(\.name)
  }

  /// The ceilings, and the currency of the one in money.
  func ceiling() throws -> (budget: Budget, currency: String?) {
    var result = Budget()
    var currency: String?
    for text in budget {
      let lower = text.lowercased()
      if let suffix = ["tokens", "token"].first(where: lower.hasSuffix) {
        let digits = lower.dropLast(suffix.count).filter { $0 != " " && $0 != "_" }
        guard let count = Int(digits), count >= 0 else {
          throw ValidationError("--budget \(text) is neither an amount of money nor a number of tokens")
        }
        result.tokens = count
      } else {
        do {
          let (amount, code) = try Money.parse(text)
          (result.money, currency) = (amount, code)
        } catch { throw ValidationError("--budget: \(error)") }
      }
    }
    return (result, currency)
  }

  /// What the models cost, and what a user should know of where the prices come from.
  ///
  /// - Parameter isLocal: Whether every judge runs on this machine, where tokens cost nothing.
  func table(models: [String], isLocal: Bool, currency: String?) throws -> (table: PriceTable, notes: [String]) {
    if let prices { return (try PriceTable(contentsOf: URL(fileURLWithPath: prices)), []) }
    if let price = try uniformPrice() { return (uniform(price, models, currency), []) }
    if isLocal { return (uniform(ModelPrice(input: .zero, output: .zero), models, currency), []) }
    let known = models.filter { PriceTable.known.price(for: $0) != nil }
    guard !known.isEmpty else { return (PriceTable(currency: currency ?? "usd"), []) }
    let names = Set(known).sorted().joined(separator: ", ")
    let note = "prices of \(names) are those of \(PriceTable.knownAsOf); --price overrides them"
    return (.known, [note])
  }

  /// The price that --price gives to every model.
  private func uniformPrice() throws -> ModelPrice? {
    guard let price else { return nil }
    let parts = price.split(separator: ",").map { Money(decimal: $0.trimmingCharacters(in: .whitespaces)) }
    guard parts.count == 2, let input = parts[0], let output = parts[1] else {
      throw ValidationError("--price \(price) is not of the form 0.15,0.60")
    }
    return ModelPrice(input: input, output: output)
  }

  private func uniform(_ price: ModelPrice, _ models: [String], _ currency: String?) -> PriceTable {
    PriceTable(
      currency: currency ?? "usd",
      models: Dictionary(models.map { ($0, price) }, uniquingKeysWith: { first, _ in first }))
  }

  var limits: RateLimits {
    RateLimits(
      concurrentRequests: concurrency, requestsPerMinute: requestsPerMinute, tokensPerMinute: tokensPerMinute)
  }
}
