@_spi(Command) import DMoELabel
import Foundation
import Testing

@Suite struct MoneyTests {
  @Test(arguments: [
    ("5usd", 5_000_000_000_000, "usd"), ("5", 5_000_000_000_000, "usd"), ("0.50 USD", 500_000_000_000, "usd"),
    ("12.5eur", 12_500_000_000_000, "eur"), ("$0.01", 10_000_000_000, "usd"), (" 3 ", 3_000_000_000_000, "usd"),
    (".000000000001", 1, "usd"),
  ]) func amountsAreReadExactly(text: String, units: Int64, currency: String) throws {
    let (amount, found) = try Money.parse(text)
    #expect(amount.units == units)
    #expect(found == currency)
  }

  @Test(arguments: [
    "", "usd", "-5", "5.", "1e3", "5 dollars", "5us", "five", "1,5", "0.0000000000001", "99999999999", "$5usd", ".",
  ]) func whatIsNoAmountIsRefused(text: String) {
    if text == "5." {
      #expect((try? Money.parse(text).amount) == Money(5))
    } else {
      #expect(throws: LabelError.invalidMoney(text)) { try Money.parse(text) }
    }
  }

  @Test func amountsAreShownWithTheirCurrency() throws {
    let amount = try Money.parse("0.0123").amount
    #expect(amount.formatted(currency: "usd") == "$0.0123")
    #expect(amount.formatted(currency: "eur") == "0.0123 eur")
    #expect(amount.formatted(currency: "usd", decimals: 2) == "$0.02", "rounded up")
    #expect(Money.zero.formatted(currency: "usd") == "$0.00")
    #expect((Money.zero - amount).formatted(currency: "usd") == "-$0.0123")
    #expect(Money.maximum.formatted(currency: "usd", decimals: 2) == "$9223372.04")
  }

  @Test func sumsStopAtTheLargestAmount() {
    #expect(Money.maximum + Money(units: 1) == .maximum)
    #expect(Money.zero - Money.maximum - Money.maximum == Money(units: .min))
    #expect([Money.maximum, .maximum].sum() == .maximum)
    #expect(Money(Double.infinity) == nil && Money(1e300) == nil && Money(Double.nan) == nil)
  }

  @Test func costsAreExactAndRoundUp() {
    let price = ModelPrice(input: Money(units: 150_000_000_000), cachedInput: Money(units: 1), output: Money(units: 3))
    #expect(price.cost(of: .init(promptTokens: 2, completionTokens: 0)).units == 300_000)
    #expect(price.cost(of: .init(promptTokens: 2, completionTokens: 0), discount: 0.5).units == 150_000)
    #expect(price.cost(of: .init(promptTokens: 2, completionTokens: 0, cachedTokens: 1)).units == 150_001)
    #expect(price.cost(of: .init(promptTokens: -5, completionTokens: -1, cachedTokens: 9)) == .zero)
    let huge = CompletionReply.Usage(promptTokens: .max, completionTokens: .max, cachedTokens: .max)
    #expect(ModelPrice(input: .maximum, output: .maximum).cost(of: huge) == .maximum)
  }

  // MARK: Price tables

  private func table(_ text: String) throws -> PriceTable {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).json")
    defer { try? FileManager.default.removeItem(at: url) }
    try Data(text.utf8).write(to: url)
    return try PriceTable(contentsOf: url)
  }

  @Test func tablesAreReadExactlyAndWrittenBack() throws {
    let read = try table(
      #"{"currency":"usd","models":{"a":{"input":0.15,"cachedInput":0.075,"output":0.60},"b":{"input":2,"output":8}}}"#)
    #expect(read.models["a"]?.input.units == 150_000_000_000)
    #expect(read.models["a"]?.cachedInput.units == 75_000_000_000)
    #expect(read.models["b"]?.cachedInput == read.models["b"]?.input)
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).json")
    defer { try? FileManager.default.removeItem(at: url) }
    try read.write(to: url)
    #expect(try PriceTable(contentsOf: url) == read)
  }

  @Test(arguments: [
    "[]", "{", #"{"currency":"usd"}"#, #"{"currency":"USD","models":{}}"#,
    #"{"currency":"usd","models":{},"extra":1}"#, #"{"currency":"usd","models":{"a":{"input":1}}}"#,
    #"{"currency":"usd","models":{"a":{"input":1,"output":-1}}}"#,
    #"{"currency":"usd","models":{"a":{"input":1,"output":1,"out":1}}}"#,
    #"{"currency":"usd","models":{"a":{"input":"1","output":1}}}"#,
    #"{"currency":"usd","models":{"a":{"input":1,"input":2,"output":1}}}"#, #"{"currency":"usd","models":{},}"#,
  ]) func tablesOfAnotherShapeAreRefused(text: String) {
    let error = #expect(throws: LabelError.self) { try table(text) }
    if case .malformedPriceTable = error {} else { Issue.record("\(String(describing: error))") }
  }

  @Test func aDateMayFollowAName() {
    let table = PriceTable.known
    #expect(table.price(for: "gpt-4o-mini-2024-07-18") == table.models["gpt-4o-mini"])
    #expect(table.price(for: "gpt-4o-2024-05-13") != table.models["gpt-4o"], "listed itself")
    #expect(table.price(for: "gpt-4o-20240806") == table.models["gpt-4o"])
    #expect(table.price(for: "gpt-4o-audio") == nil)
    #expect(table.price(for: "gpt-4o-2024-07-1x") == nil)
  }
}
