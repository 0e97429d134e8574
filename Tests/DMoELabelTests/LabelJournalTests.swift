@_spi(Command) import DMoEData
@_spi(Command) import DMoELabel
import Foundation
import Testing

@Suite struct LabelJournalTests {
  private let url = FileManager.default.temporaryDirectory.appendingPathComponent("journal-\(UUID()).jsonl")
  private let now: @Sendable () -> Date = { Date(timeIntervalSince1970: 1_000_000) }

  private func request(_ number: Int) -> CompletionRequest {
    CompletionRequest(model: "m", messages: [.user("prompt \(number)")], maximumTokens: 10)
  }

  private func reservation(_ number: Int, isBatch: Bool = false) -> Reservation {
    Reservation(
      for: request(number), price: ModelPrice(input: Money(units: 1_000_000), output: Money(units: 2_000_000)),
      isBatch: isBatch)
  }

  private func reply(_ text: String) -> CompletionReply {
    CompletionReply(
      text: text, refusal: nil, finishReason: .length,
      usage: .init(promptTokens: 5, completionTokens: 2, cachedTokens: 1),
      tokens: [.init(token: "1", logProbability: -.infinity)])
  }

  private func answer(_ journal: LabelJournal, _ number: Int, _ text: String = "文\n\"1\"") throws {
    let reservation = reservation(number)
    try journal.recordSent(reservation)
    try journal.recordReply(
      reply(text), for: reservation.key, model: "m", cost: reservation.cost(of: reply(text).usage),
      origin: RequestOrigin(sample: "s", category: "chat", capability: "logic", order: .reversed, template: "t"))
  }

  private func withFile(_ body: () throws -> Void) rethrows {
    defer { try? FileManager.default.removeItem(at: url) }
    try body()
  }

  @Test func repliesSurviveAProcessThatIsKilled() throws {
    try withFile {
      var journal: LabelJournal? = try LabelJournal(at: url, now: now)
      try journal.map { try answer($0, 1) }
      try journal?.recordSent(reservation(2))
      try journal?.recordSent(reservation(3, isBatch: true))
      try journal?.recordSent(reservation(4))
      try journal?.recordFailure("timeout", for: reservation(4).key, mayHaveBeenBilled: true)
      try journal?.recordSent(reservation(5))
      try journal?.recordFailure("overloaded", for: reservation(5).key, mayHaveBeenBilled: false)
      #expect(journal?.ledger.reserved == reservation(2).spending)
      // The object goes without `close`, as in a process that is killed.
      journal = nil
      let again = try LabelJournal(at: url, now: now)
      #expect(try again.reply(for: RequestKey(request(1))) == reply("文\n\"1\""))
      #expect(try again.reply(for: RequestKey(request(2))) == nil)
      #expect(again.replyCount == 1)
      let ledger = again.ledger
      #expect(ledger.spent == Spending(tokens: 7, money: Money(units: 9)))
      #expect(ledger.uncertain == reservation(2).spending + reservation(4).spending)
      #expect(ledger.uncertainRequests == 2)
      #expect(ledger.reserved == .zero)
      #expect(ledger.pendingBatch == reservation(3).spending)
      #expect(again.openBatchKeys == [reservation(3).key])
      try again.recordReleased([reservation(3).key])
      #expect(again.openBatchKeys.isEmpty && again.ledger.pendingBatch == .zero)
      #expect(ledger.models["m"]?.cachedTokens == 1)
    }
  }

  @Test func aTornLastLineIsCutOffWhereverItIsTorn() throws {
    try withFile {
      let journal = try LabelJournal(at: url, now: now)
      try answer(journal, 1)
      try journal.synchronize()
      let before = try Data(contentsOf: url)
      try answer(journal, 2, "2")
      try journal.close()
      let whole = try Data(contentsOf: url)
      let sentEnd = try #require(whole[before.count...].firstIndex(of: 0x0A)) + 1
      for length in (sentEnd + 1)..<whole.count {
        try whole.prefix(length).write(to: url)
        let reading = try LabelJournal(reading: url)
        #expect(reading.replyCount == (length == whole.count - 1 ? 2 : 1))
        #expect(try Data(contentsOf: url).count == length, "reading never repairs")
        let again = try LabelJournal(at: url, now: now)
        try again.close()
        let repaired = try Data(contentsOf: url)
        #expect(repaired == (length == whole.count - 1 ? whole : whole.prefix(sentEnd)))
      }
    }
  }

  @Test func aTornHeaderIsWrittenAgain() throws {
    try withFile {
      try LabelJournal(at: url).close()
      let whole = try Data(contentsOf: url)
      for length in 0..<whole.count {
        try whole.prefix(length).write(to: url)
        try LabelJournal(at: url).close()
        #expect(try Data(contentsOf: url) == whole)
      }
    }
  }

  @Test func onlyOneMayWrite() throws {
    try withFile {
      let first = try LabelJournal(at: url)
      #expect(throws: LabelError.journalInUse(path: url.path)) { try LabelJournal(at: url) }
      let reading = try LabelJournal(reading: url)
      #expect(throws: LabelError.closedJournal(path: url.path)) { try reading.recordSent(reservation(1)) }
      try first.close()
      #expect(throws: LabelError.closedJournal(path: url.path)) { try first.recordSent(reservation(1)) }
      try LabelJournal(at: url).close()
    }
  }

  @Test(arguments: [
    "hello\n", "{\"id\":1}\n{\"id\":2}\n", "{", "{\"format\":\"other\",\"version\":1,\"currency\":\"usd\"}\n", "\n",
  ])
  func otherFilesAreRefusedAndUntouched(text: String) throws {
    try withFile {
      try Data(text.utf8).write(to: url)
      if text == "{" {
        // One byte may be the start of a header that was cut off.
        try LabelJournal(at: url).close()
      } else {
        #expect(throws: LabelError.notAJournal(path: url.path)) { try LabelJournal(at: url) }
        #expect(try Data(contentsOf: url) == Data(text.utf8))
      }
    }
  }

  @Test func aBatchIsSetAsideAsAWholeOrNotAtAll() throws {
    try withFile {
      let batch = (1...3).map { reservation($0, isBatch: true) }
      let journal = try LabelJournal(at: url, now: now)
      try journal.recordSent(reservation(9))
      let before = try Data(contentsOf: url).count
      try journal.recordSent(batch)
      #expect(journal.openBatchKeys == Set(batch.map(\.key)))
      try journal.close()
      let whole = try Data(contentsOf: url)
      #expect(try LabelJournal(reading: url).ledger == LabelJournal(at: url).ledger)
      // Wherever the process was killed; without its last LF all is there.
      for end in before..<whole.count {
        try whole.prefix(end).write(to: url)
        let keys = end == whole.count - 1 ? Set(batch.map(\.key)) : []
        #expect(try LabelJournal(reading: url).openBatchKeys == keys)
        let again = try LabelJournal(at: url, now: now)
        #expect(again.openBatchKeys == keys && again.ledger.uncertainRequests == 1, "cut at \(end)")
        try again.recordSent(reservation(4, isBatch: true))
        try again.close()
        #expect(try LabelJournal(reading: url).openBatchKeys == keys.union([reservation(4).key]), "cut at \(end)")
      }
    }
  }

  /// A line that says too little, in a batch whose last line has no end: none of the batch counts, now and when it is opened again.
  @Test func aBatchWithABadLineAtTheTornEndIsNotCounted() throws {
    try withFile {
      let journal = try LabelJournal(at: url, now: now)
      try journal.recordSent(reservation(9))
      try journal.recordSent((1...3).map { reservation($0, isBatch: true) })
      try journal.close()
      let text = try String(contentsOf: url, encoding: .utf8)
      var lines = text.split(separator: "\n").map(String.init)
      lines[3] = lines[3].replacingOccurrences(of: "\"tokens\"", with: "\"toke6ns\"")
      #expect(lines[3].contains("toke6ns"))
      try Data(lines.joined(separator: "\n").utf8).write(to: url)
      let read = try LabelJournal(reading: url)
      #expect(read.openBatchKeys.isEmpty)
      let again = try LabelJournal(at: url, now: now)
      #expect(again.ledger == read.ledger && again.openBatchKeys.isEmpty)
      try again.close()
      #expect(try LabelJournal(reading: url).ledger == read.ledger)
    }
  }

  @Test func linesThatHoldTogetherAreNotPartedByOthers() throws {
    try withFile {
      let journal = try LabelJournal(at: url, now: now)
      try journal.recordSent((1...3).map { reservation($0, isBatch: true) })
      try journal.close()
      var lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
      lines.remove(at: 2)
      try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: url)
      let error = #expect(throws: LabelError.self) { try LabelJournal(at: url) }
      guard case .badJournalLine(url.path, 3, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func damageElsewhereIsNamed() throws {
    try withFile {
      let journal = try LabelJournal(at: url, now: now)
      try answer(journal, 1)
      try journal.close()
      var text = try String(contentsOf: url, encoding: .utf8)
      text = text.replacingOccurrences(of: "\"type\":\"sent\"", with: "\"type\":\"snt\"")
      try Data(text.utf8).write(to: url)
      let error = #expect(throws: LabelError.self) { try LabelJournal(at: url) }
      guard case .badJournalLine(url.path, 2, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func unknownVersionsAndOtherCurrenciesAreRefused() throws {
    try withFile {
      try LabelJournal(at: url, currency: "eur").close()
      #expect(try LabelJournal(reading: url).currency == "eur")
      #expect(throws: LabelError.currencyMismatch(journal: "eur", prices: "usd")) {
        try LabelJournal(at: url, currency: "usd")
      }
      try Data("{\"format\":\"dmoerm-label-journal\",\"version\":2,\"currency\":\"usd\"}\n".utf8).write(to: url)
      #expect(throws: LabelError.unknownJournalVersion(path: url.path, version: 2)) { try LabelJournal(at: url) }
    }
  }

  @Test func aDeviceIsNoJournal() throws {
    // It is refused before anything is written.
    #expect(throws: LabelError.notAJournal(path: "/dev/full")) {
      try LabelJournal(at: URL(fileURLWithPath: "/dev/full"))
    }
  }

  @Test func theLatestReplyCounts() throws {
    try withFile {
      let journal = try LabelJournal(at: url, now: now)
      try answer(journal, 1, "old")
      try answer(journal, 1, "new")
      #expect(try journal.reply(for: RequestKey(request(1)))?.text == "new")
      try journal.close()
      #expect(try LabelJournal(reading: url).reply(for: RequestKey(request(1)))?.text == "new")
    }
  }

  @Test func ledgersOfGateAndJournalAgree() async throws {
    defer { try? FileManager.default.removeItem(at: url) }
    let journal = try LabelJournal(at: url, now: now)
    let gate = BudgetGate(budget: Budget(tokens: 10_000), ledger: journal.ledger)
    for number in 0..<20 {
      let reservation = try await gate.acquire(request(number))
      try journal.recordSent(reservation)
      if number % 3 == 0 {
        gate.fail(reservation, mayHaveBeenBilled: number % 2 == 0)
        try journal.recordFailure("cut off", for: reservation.key, mayHaveBeenBilled: number % 2 == 0)
      } else {
        let reply = CompletionReply(
          text: "1", usage: number == 4 ? nil : .init(promptTokens: number * 20, completionTokens: 3))
        let cost = gate.settle(reservation, usage: reply.usage)
        try journal.recordReply(reply, for: reservation.key, model: "m", cost: cost)
      }
    }
    #expect(gate.ledger == journal.ledger)
    try journal.close()
    #expect(try LabelJournal(reading: url).ledger == gate.ledger)
  }

  @Test func manyRepliesNeedLittleMemory() throws {
    try withFile {
      let journal = try LabelJournal(at: url, now: now)
      try journal.close()
      let file = try FileHandle(forWritingTo: url)
      try file.seekToEnd()
      var bytes = Data()
      let padding = String(repeating: "x", count: 4000)
      let count = 40_000
      for number in 0..<count {
        let hex = String(number, radix: 16)
        let key = String(repeating: "0", count: 32 - hex.count) + hex
        bytes.append(
          contentsOf:
            "{\"type\":\"reply\",\"key\":\"\(key)\",\"time\":\"t\",\"model\":\"m\",\"reply\":{\"text\":\"\(padding)\",\"finishReason\":\"stop\"}}\n"
            .utf8)
        // Small portions, so that the test itself leaves no freed memory for the index to hide in.
        if number % 1000 == 999 {
          try file.write(contentsOf: bytes)
          bytes.removeAll(keepingCapacity: true)
        }
      }
      try file.close()
      let before = try residentBytes()
      let reading = try LabelJournal(reading: url)
      let after = try residentBytes()
      #expect(reading.replyCount == count)
      // The texts are 160 MB; the index has at most some 200 bytes for each, and tests beside this one need some too.
      #expect(after - before < 100_000_000)
      #expect(try reading.reply(for: #require(RequestKey("00000000000000000000000000009c3f")))?.text == padding)
    }
  }

  private func residentBytes() throws -> Int {
    let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return (pages.count > 1 ? Int(pages[1]) ?? 0 : 0) * 4096
  }
}
