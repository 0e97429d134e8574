import Foundation

@testable @_spi(Command) import DMoEData
@testable import DMoEFoundation
@testable @_spi(Command) import DMoELabel

extension FuzzTarget {
  /// What services send, and what is kept of it.
  static let labelFiles: [FuzzTarget] = [journal, batch, reply, verdict, prices, promptTemplate]

  /// A journal is opened to go on with it, and once more: the account is the same.
  private static let journal = FuzzTarget("journal", mutator: JSONMutator.mutateLines) { bytes in
    let url = Scratch.file("journal.jsonl", bytes)
    let journal = try LabelJournal(at: url)
    let (ledger, count, length) = (journal.ledger, journal.replyCount, try size(of: url))
    try journal.close()
    let again = try must("a journal that was opened cannot be opened again") { try LabelJournal(at: url) }
    try require(again.ledger == ledger && again.replyCount == count, "another account when it is opened again")
    try require(try size(of: url) == length, "a journal that grows by being opened")
    let spent = ledger.committed
    try require(spent.tokens >= 0 && spent.money >= .zero, "less than nothing was spent: \(spent)")
    try again.close()
    let reading = try must("it cannot be read") { try LabelJournal(reading: url) }
    try require(reading.ledger == ledger, "another account to who only reads")
  }

  private static func size(of url: URL) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? -1
  }

  private static let batch = FuzzTarget("batch", mutator: JSONMutator.mutateLines) { bytes in
    var results = BatchResults(JSONLines(data: bytes, name: "results.jsonl"))
    var bad = 0
    while true {
      do {
        guard let line = try results.next() else { break }
        if case .success(let reply) = line.result { try sameAgain(reply) }
      } catch let violation as Violation { throw violation } catch DataError.badLine {
        bad += 1
      }
    }
    try require(bad <= bytes.count, "more bad lines than bytes")
  }

  private static let reply = FuzzTarget("reply", mutator: JSONMutator.mutate) { bytes in
    _ = ServiceError(body: bytes)
    _ = ServiceError(replyBody: bytes)
    try sameAgain(ChatCompletion.reply(from: bytes))
  }

  /// A reply as the journal keeps it, and as judges read it.
  private static func sameAgain(_ reply: CompletionReply) throws {
    let encoder = JSONEncoder.line
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let again = try must("a reply cannot be kept") {
      try JSONDecoder.journal.decode(CompletionReply.self, from: encoder.encode(reply))
    }
    let isNumber = reply.tokens?.allSatisfy {
      !$0.logProbability.isNaN && $0.alternatives.allSatisfy { !$0.logProbability.isNaN }
    }
    try require(again == reply || isNumber == false, "another reply when it is read again")
    try require(
      (reply.usage?.promptTokens ?? 0) >= 0 && (reply.usage?.completionTokens ?? 0) >= 0, "fewer tokens than none")
    try read(reply)
  }

  private static func read(_ reply: CompletionReply) throws {
    for prompt in [ComparisonPrompt.english, .chinese] {
      let reading = VerdictReader(prompt).read(reply)
      if let share = reading.firstProbability { try require((0...1).contains(share), "a probability of \(share)") }
      try require(
        (reading.problem == nil) == (reading.verdict != .unparsable), "a verdict with a problem, or none without one")
    }
  }

  /// A judge's words as they are, with tokens cut after every so many bytes.
  private static let verdict = FuzzTarget("verdict") { bytes in
    guard let first = bytes.first, let text = String(validating: bytes.dropFirst(), as: UTF8.self) else { return }
    let width = Int(first & 7) + 1
    let words = Array(text.utf8)
    let tokens = stride(from: 0, to: words.count, by: width).map { start in
      let piece = words[start..<min(start + width, words.count)]
      let token =
        String(validating: piece, as: UTF8.self)
        ?? piece.map { "\\x" + String($0, radix: 16) }.joined()
      return CompletionReply.TokenLogProbability(
        token: token, logProbability: -0.1, alternatives: [.init(token: "2", logProbability: -2)])
    }
    try read(
      CompletionReply(
        text: text, finishReason: first & 8 == 0 ? .stop : .length, tokens: first & 16 == 0 ? nil : tokens))
  }

  private static let prices = FuzzTarget("prices", mutator: JSONMutator.mutate) { bytes in
    let table = try PriceTable(contentsOf: Scratch.file("prices.json", bytes))
    for name in table.models.keys { _ = table.price(for: name) }
    let url = Scratch.folder.appendingPathComponent("prices-again.json")
    let again = try must("the table cannot be written and read") {
      try table.write(to: url)
      return try PriceTable(contentsOf: url)
    }
    try require(
      again.currency == table.currency && again.models == table.models, "other prices when they are read again")
  }

  private static let promptTemplate = FuzzTarget("prompt-template", mutator: JSONMutator.mutate) { bytes in
    let prompt = try ComparisonPrompt(contentsOf: Scratch.file("prompt.json", bytes))
    _ = VerdictReader(prompt).read(CompletionReply(text: "1"))
    let again = try must("the template cannot be written and read") {
      try ComparisonPrompt(contentsOf: Scratch.file("prompt-again.json", prompt.json()))
    }
    try require(again == prompt, "another template when it is read again")
  }
}
