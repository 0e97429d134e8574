@_spi(Command) import DMoERM
import Testing

@testable import DMoEServe

@Suite struct WaitingLineTests {
  private let served: ServedModel
  private let folder: ServeFolder

  init() throws {
    folder = try ServeFolder()
    served = try ServedModel(
      ServeFixture.source(try ServeFixture.model(), named: "tiny", in: folder.url), beside: [], keeping: 1 << 20)
  }

  private func job(_ prompt: String, _ response: String = "word") throws -> ScoringJob {
    let item = ScoringItem(conversation: try Conversation(prompt: prompt), responses: [response])
    return try #require(ScoringJob.jobs([item], of: ScoringBatch([item], by: served), upTo: 1 << 20).first)
  }

  /// A line of jobs, by their prompts, with the place of each for a ticket.
  private func line(_ prompts: [String]) throws -> WaitingLine {
    var line = WaitingLine()
    for (ticket, prompt) in prompts.enumerated() { line.append(try job(prompt, "word \(ticket)"), ticket) }
    return line
  }

  private func responses(_ jobs: [ScoringJob]) -> [String] { jobs.flatMap(\.responses) }

  @Test func theOldestComeFirstWithThoseOfTheirPrompts() throws {
    var line = try line(["a", "b", "a", "c", "b", "a"])
    #expect(responses(line.takePass(tokens: 10_000, bytes: 1 << 30)) == [0, 2, 5, 1, 4, 3].map { "word \($0)" })
    #expect(line.isEmpty)
  }

  @Test func aPassTakesWholeJobsForAsLongAsThereIsRoom() throws {
    let cost = try job("a", "word 0").tokens
    var first = try line(["a", "a", "a", "b"])
    // Room for two of three: the third waits, and so does what came after it.
    #expect(first.takePass(tokens: 2 * cost, bytes: 1 << 30).count == 2)
    #expect(responses(first.takePass(tokens: 10_000, bytes: 1 << 30)) == ["word 2", "word 3"])
    var second = try line(["a", "b"])
    #expect(second.takePass(tokens: 1, bytes: 1 << 30).count == 1)
    #expect(second.takePass(tokens: 10_000, bytes: 0).count == 1)
    #expect(second.takePass(tokens: 10_000, bytes: 0).isEmpty)
  }

  /// A long prompt that nothing keeps is not read for each of its responses.
  @Test func thePromptOfAPassTakesNoRoomFromItsResponses() throws {
    var line = try line(["a long prompt of many words", "a long prompt of many words", "b"])
    let cost = try job("a", "word 0").tokens
    #expect(responses(line.takePass(tokens: 2 * cost, bytes: 0)) == ["word 0", "word 1"])
  }

  /// However many come for one prompt, and however great a job is.
  @Test func nothingWaitsForEver() throws {
    var line = try line(["busy"])
    line.append(try job("great", "word 1" + String(repeating: " on", count: 30)), 1)
    line.append(try job("small", "word 2"), 2)
    var next = 3
    var passes: [[String]] = []
    for _ in 0..<3 {
      for _ in 0..<20 {
        line.append(try job("busy", "more"), next)
        next += 1
      }
      passes.append(responses(line.takePass(tokens: 16, bytes: 1 << 30)))
    }
    #expect(passes[0].contains("word 0") && passes[1].contains { $0.hasPrefix("word 1") })
    #expect(passes[1].contains("word 2") || passes[2].contains("word 2"), "\(passes)")
  }

  /// One that is longer than a pass is a part all the same, and one without responses is to be answered.
  @Test func anItemOfMoreThanAPassIsSeveralJobs() throws {
    let responses = ["one", "two", "three", String(repeating: "long ", count: 30), "four"]
    let costs = responses.map { served.tokenCount(of: $0) }
    let item = ScoringItem(conversation: try Conversation(prompt: "a"), responses: responses)
    let none = ScoringItem(conversation: try Conversation(prompt: "b"), responses: [])
    let jobs = ScoringJob.jobs([item, none], of: ScoringBatch([item, none], by: served), upTo: costs[0] + costs[1])
    #expect(jobs.map(\.part) == [0..<2, 2..<3, 3..<4, 4..<5, 0..<0] && jobs.map(\.place) == [0, 0, 0, 0, 1])
    #expect(jobs.map(\.tokens) == [costs[0] + costs[1], costs[2], costs[3], costs[4], 0])
    #expect(jobs.flatMap(\.responses) == responses)
  }

  @Test func whatIsDroppedIsGone() throws {
    var line = try line(["a", "b", "a", "a"])
    #expect(line.remove(0) != nil && line.remove(0) == nil && line.remove(2) != nil && line.remove(9) == nil)
    #expect(line.oldest() == 1)
    #expect(responses(line.takePass(tokens: 10_000, bytes: 1 << 30)) == ["word 1", "word 3"])
    #expect(line.isEmpty && line.oldest() == nil && line.remove(3) == nil)
  }

  @Test func manyComeAndGo() throws {
    var line = WaitingLine()
    var found: [String] = []
    let jobs = try (0..<7).map { try job("prompt \($0)", "word \($0)") }
    for ticket in 0..<5000 {
      line.append(jobs[ticket % 7], ticket)
      if ticket % 5 == 4 { line.remove(ticket) }
      if ticket % 50 == 49 { found += responses(line.takePass(tokens: 100_000, bytes: 1 << 30)) }
    }
    #expect(found.count == 4000 && line.isEmpty)
  }

  /// A prompt that is kept costs no tokens, and its memory all the same.
  @Test func keptPromptsCostNoTokens() throws {
    let unread = try job("Say a word")
    let prompt = try served.model.prepare("Say a word")
    #expect(served.promptCost(of: unread).tokens == prompt.tokenCount)
    served.prompts.keep(prompt, for: unread.group.prompt)
    let cost = served.promptCost(of: unread)
    #expect(cost.tokens == 0 && cost.bytes == prompt.byteCount)
  }
}
