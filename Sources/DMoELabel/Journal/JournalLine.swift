import Foundation

/// One line of a journal after the first.
struct JournalLine: Codable {
  enum Kind: String, Codable {
    case sent
    case reply
    case failure
    case released
  }

  var type: Kind
  var key: RequestKey
  var time: String
  var batch: Bool?

  // sent, reply
  var model: String?

  // sent
  var tokens: Int?
  var money: Money?
  var scale: Double?
  var bytes: Int?
  /// How many lines follow that hold together with this one, or not at all; nil for the last of them, or the only one.
  var left: Int?

  // reply
  var cost: Money?
  var usage: CompletionReply.Usage?
  var sample: String?
  var category: String?
  var capability: String?
  var order: PresentationOrder?
  var template: String?

  // failure
  var kind: String?
  var detail: String?
  var billed: Bool?

  var isBatch: Bool { batch == true }

  init(_ type: Kind, key: RequestKey, time: String, isBatch: Bool) {
    self.type = type
    self.key = key
    self.time = time
    batch = isBatch ? true : nil
  }

  /// Takes the line into a ledger; false if it lacks what its kind must have.
  func apply(to ledger: inout Ledger) -> Bool {
    switch type {
    case .sent:
      guard let model, let tokens, tokens >= 0, (scale ?? 1) >= 1 else { return false }
      ledger.add(
        Reservation(
          key: key, model: model, spending: Spending(tokens: tokens, money: money ?? .zero), scale: scale ?? 1,
          promptBytes: bytes ?? 0, isBatch: isBatch, price: nil, discount: 0))
    case .reply:
      guard let model else { return false }
      ledger.settle(key, isBatch: isBatch, model: model, usage: usage, cost: cost)
    case .failure:
      guard kind != nil, let billed else { return false }
      ledger.fail(key, isBatch: isBatch, mayHaveBeenBilled: billed)
    case .released:
      ledger.fail(key, isBatch: true, mayHaveBeenBilled: false)
    }
    return true
  }
}

/// The part of a reply's line that is read on demand.
struct JournalReply: Codable {
  var reply: CompletionReply
}

/// A reply's line as it is written.
struct JournalReplyLine: Encodable {
  var line: JournalLine
  var reply: CompletionReply

  func encode(to encoder: any Encoder) throws {
    try line.encode(to: encoder)
    try JournalReply(reply: reply).encode(to: encoder)
  }
}

/// The first line of a journal.
struct JournalHeader: Codable {
  static let name = "dmoerm-label-journal"
  static let currentVersion = 1
  /// How every header begins, so that one that was cut off is known again.
  static let start = "{\"format\":\"\(name)\",\"version\":\(currentVersion),\"currency\":\""

  var format: String
  var version: Int
  var currency: String

  static func line(currency: String) -> Data { Data("\(start)\(currency)\"}\n".utf8) }
}
