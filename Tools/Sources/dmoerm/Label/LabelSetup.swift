@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM
import Foundation

/// Who judges and what may be spent: all that can be wrong with a call before a sample is read.
struct LabelSetup {
  let bench: JudgeBench
  let budget: Budget
  let prices: PriceTable
  /// What a user should know of where the prices come from.
  let notes: [String]

  init(_ command: LabelCommand) throws {
    bench = try JudgeBench(command.judge, concurrency: command.spending.concurrency)
    let models = bench.judges.map(\.model)
    let (budget, currency) = try command.spending.ceiling()
    (prices, notes) = try command.spending.table(models: models, isLocal: bench.isLocal, currency: currency)
    self.budget = budget
    if let currency, currency != prices.currency {
      throw Failure("--budget is in \(currency), the prices are in \(prices.currency)", status: .usage)
    }
    if budget.money != nil, let model = models.first(where: { prices.price(for: $0) == nil }) {
      throw LabelError.unknownPrice(model: model)
    }
  }
}
