import DMoEFoundation

public import protocol Foundation.LocalizedError

/// An error in a label journal, a price table or a budget.
///
/// No case carries the text of a prompt or a reply.
public enum LabelError: Error, Equatable, Sendable {
  // MARK: Journal

  /// Another process, or another object of this one, has the journal open for writing.
  case journalInUse(path: String)
  /// The file is something else than a journal; it was left as it is.
  case notAJournal(path: String)
  /// The journal was written in a version of the format that this library does not know.
  case unknownJournalVersion(path: String, version: Int)
  /// A line of the journal is damaged; lines count from 1.
  case badJournalLine(path: String, line: Int, reason: String)
  /// The journal could not be opened or read.
  case unreadableJournal(path: String, reason: String)
  /// The journal could not be written, such as on a full disk; nothing more may be sent.
  case unwritableJournal(path: String, reason: String)
  /// The journal was closed, or opened for reading only.
  case closedJournal(path: String)
  /// The journal's money is of another currency than the price table's.
  case currencyMismatch(journal: String, prices: String)

  // MARK: Files

  /// A file could not be made, written or put in its place.
  case unwritableFile(path: String, reason: String)

  // MARK: Money

  /// A text is not an amount of money, such as `5usd` or `0.50 eur`.
  case invalidMoney(String)
  /// A price table could not be read.
  case unreadablePriceTable(path: String, reason: String)
  /// A price table is not JSON of the right shape; `reason` names the key.
  case malformedPriceTable(path: String, reason: String)

  // MARK: Budget

  /// There is a ceiling in money, but no price for the model.
  case unknownPrice(model: String)
  /// There is a ceiling, but the request sets no limit to the length of its reply.
  case unboundedRequest(model: String)
  /// The request could pass the ceiling, whatever becomes of those in flight.
  ///
  /// `tokens` and `money` are what the request may take at most, `left` is what remains beneath the ceiling.
  case budgetExhausted(tokens: Int, money: Money, left: Budget)
}

extension LabelError: CustomStringConvertible {
  /// One sentence that says what is wrong and what to do; never the text of a request or a key.
  public var description: String {
    switch self {
    case .journalInUse(let path): "\(path) is in use by another run"
    case .notAJournal(let path): "\(path) is not a label journal; it was left as it is"
    case .unknownJournalVersion(let path, let version): "\(path) is a label journal of unknown version \(version)"
    case .badJournalLine(let path, let line, let reason): "\(path):\(line): \(reason)"
    case .unreadableJournal(let path, let reason): "cannot read \(path): \(reason)"
    case .unwritableJournal(let path, let reason): "cannot write \(path): \(reason)"
    case .closedJournal(let path): "\(path) is not open for writing"
    case .currencyMismatch(let journal, let prices): "the journal counts in \(journal), the prices are in \(prices)"
    case .invalidMoney(let text):
      "\(text.utf8.count <= 32 ? "\"\(text)\"" : "a text of \(text.utf8.count) bytes") is no amount of money such as 5usd"
    case .unwritableFile(let path, let reason): "cannot write \(path): \(reason)"
    case .unreadablePriceTable(let path, let reason): "cannot read \(path): \(reason)"
    case .malformedPriceTable(let path, let reason): "\(path) is not a price table: \(reason)"
    case .unknownPrice(let model): "a ceiling in money needs a price for model \"\(model)\""
    case .unboundedRequest(let model):
      "a ceiling needs a limit to the length of replies; a request to model \"\(model)\" has none"
    case .budgetExhausted(let tokens, let money, let left):
      "the budget is exhausted: the next request may take \(money) and \(tokens) tokens, left are "
        + [left.money.map { "\($0)" }, left.tokens.map { "\($0) tokens" }].compactMap { $0 }.joined(separator: " and ")
    }
  }
}

extension LabelError: FileFailure {}

extension LabelError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
