@_spi(Command) import DMoEData
@_spi(Command) import DMoELabel
import Foundation
import Synchronization
import Testing

/// Prefers the response with the greater number in it, whichever order it sees; faults come by the number of the call.
final class ScriptedClient: LanguageModelClient {
  struct Failing: RetryableFailure {
    var kind = "busy"
    var isRetriable = true
    var retryAfter: Duration?
    var mayHaveBeenBilled = false
    var stopsEverything = false
  }

  private let calls = Atomic(0)
  private let script: @Sendable (Int, CompletionRequest) async throws -> CompletionReply?

  init(_ script: @escaping @Sendable (Int, CompletionRequest) async throws -> CompletionReply? = { _, _ in nil }) {
    self.script = script
  }

  var callCount: Int { calls.load(ordering: .relaxed) }

  static func answer(_ request: CompletionRequest, bias: Verdict? = nil) -> CompletionReply {
    let text = request.messages.last?.content ?? ""
    let first = text.range(of: "better")?.lowerBound
    let second = text.range(of: "worse")?.lowerBound
    let isFirst = (first ?? text.endIndex) < (second ?? text.endIndex)
    let verdict = bias.map { $0 == .first ? "1" : "2" } ?? (isFirst ? "1" : "2")
    return CompletionReply(
      text: #"{"verdict": "\#(verdict)"}"#, usage: .init(promptTokens: 100, completionTokens: 5))
  }

  func complete(_ request: CompletionRequest) async throws -> CompletionReply {
    let call = calls.wrappingAdd(1, ordering: .relaxed).oldValue
    return try await script(call, request) ?? Self.answer(request)
  }
}

@Suite struct PreferenceLabelerTests {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("labeler-\(UUID().uuidString)")

  private var journalURL: URL { folder.appendingPathComponent("journal.jsonl") }

  private func journal() throws -> LabelJournal {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return try LabelJournal(at: journalURL)
  }

  private func samples(_ count: Int) throws -> [RankedResponses] {
    try (0..<count).map { index in
      let responses = index % 2 == 0 ? ["better \(index)", "worse \(index)"] : ["worse \(index)", "better \(index)"]
      return try RankedResponses(
        id: "s\(index)", source: "test", language: "en", conversation: Conversation(prompt: "question \(index)"),
        responses: responses, ranks: index % 2 == 0 ? [1, 2] : [2, 1], category: "chat")
    }
  }

  private func plan(_ count: Int, points: [String] = ["empathy"]) throws -> ComparisonPlan {
    try ComparisonPlan(samples: samples(count), taxonomy: .paper, points: points)
  }

  private func labeler(
    _ clients: ScriptedClient..., configuration: PreferenceLabeler.Configuration = .init(),
    budget: Budget = .unlimited, clock: any LabelClock = SystemLabelClock()
  ) -> PreferenceLabeler {
    let price = ModelPrice(input: Money(units: 1_000_000), output: Money(units: 1_000_000))
    let judges = clients.enumerated().map { index, client in
      PairwiseJudge(
        name: "judge\(index)", client: client, model: "m\(index)", sampling: JudgeSampling(maximumTokens: 16))
    }
    return PreferenceLabeler(
      judges: judges, configuration: configuration,
      prices: PriceTable(models: Dictionary(uniqueKeysWithValues: judges.map { ($0.model, price) })), budget: budget,
      clock: clock)
  }

  @Test func consistentVerdictsBecomeLabels() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let client = ScriptedClient()
    let labeler = labeler(client)
    let (plan, journal) = (try plan(6), try journal())
    let end = try await labeler.run(plan, journal: journal)
    #expect(end.stop == nil)
    #expect(end.progress.isComplete)
    #expect(client.callCount == 12)
    let result = try labeler.result(of: plan, journal: journal, after: end)
    #expect(result.labels.map(\.ranks) == plan.comparisons.map(\.pair.ranks))
    #expect(result.labels.allSatisfy { $0.annotator == "judge0" && $0.capability == "empathy" && $0.weight == 1 })
    #expect(journal.ledger.spent.tokens == 12 * 105)
  }

  @Test func aSecondRunAsksNothing() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let client = ScriptedClient()
    let plan = try plan(4)
    do {
      let journal = try journal()
      _ = try await labeler(client).run(plan, journal: journal)
      try journal.close()
    }
    let journal = try journal()
    let end = try await labeler(client).run(plan, journal: journal)
    #expect(client.callCount == 8)
    #expect(end.progress.newCount == 0)
    #expect(end.progress.isComplete)
    #expect(labeler(client).estimate(plan, journal: journal).remainingCount == 0)
  }

  @Test func otherSettingsAreOtherQuestions() throws {
    let plan = try plan(1)
    let comparison = plan.comparisons[0]
    let client = ScriptedClient()
    let judges = [
      PairwiseJudge(client: client, model: "m"), PairwiseJudge(client: client, model: "n"),
      PairwiseJudge(client: client, model: "m", prompts: .standard(asksForReason: true)),
      PairwiseJudge(client: client, model: "m", sampling: JudgeSampling(temperature: 1)),
      PairwiseJudge(client: client, model: "m", sampling: JudgeSampling(seed: 1)),
    ]
    let keys = judges.flatMap { judge in
      PresentationOrder.allCases.map { RequestKey(judge.request(for: comparison, order: $0)) }
    }
    #expect(Set(keys).count == 10)
  }

  @Test func aFailureHoldsUpNoOther() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let client = ScriptedClient { call, _ in
      if call % 5 == 3 { throw ScriptedClient.Failing(isRetriable: false) }
      return nil
    }
    let labeler = labeler(client)
    let (plan, journal) = (try plan(10), try journal())
    let end = try await labeler.run(plan, journal: journal)
    #expect(end.progress.failedCount == 4)
    #expect(end.failureCounts == ["busy": 4])
    let result = try labeler.result(of: plan, journal: journal, after: end)
    #expect(result.records.count { $0.states == [.failed(kind: "busy")] } + result.labels.count == 10)
    // The next run asks only for those.
    let again = ScriptedClient()
    let second = try await self.labeler(again).run(plan, journal: journal)
    #expect(second.progress.isComplete)
    #expect(again.callCount == 4)
  }

  @Test func passingFailuresAreTriedAgain() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let time = VirtualTime()
    let client = ScriptedClient { call, _ in
      if call < 3 { throw ScriptedClient.Failing(retryAfter: .seconds(30)) }
      return nil
    }
    let labeler = labeler(
      client, configuration: .init { $0.limits = RateLimits(concurrentRequests: 1) }, clock: time)
    let (plan, journal) = (try plan(2), try journal())
    let end = try await Task(executorPreference: time) { try await labeler.run(plan, journal: journal) }.value
    #expect(end.progress.isComplete)
    #expect(end.progress.retryCount == 3)
    #expect(time.now >= .seconds(90))
  }

  @Test func aWrongKeyStopsTheRun() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let client = ScriptedClient { _, _ in throw CompletionError.unauthorized(status: 401) }
    let end = try await labeler(client).run(plan(50), journal: journal())
    guard case .service(let kind, _) = end.stop else {
      Issue.record("stopped for \(String(describing: end.stop))")
      return
    }
    #expect(kind == "unauthorized")
    #expect(client.callCount <= 8, "those in flight when the first came back")
  }

  @Test func endlessFailuresStopTheRun() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let client = ScriptedClient { _, _ in throw ScriptedClient.Failing(kind: "bad-request", isRetriable: false) }
    let end = try await labeler(client, configuration: .init { $0.maximumConsecutiveFailures = 5 })
      .run(plan(50), journal: journal())
    guard case .failures(let count, "bad-request") = end.stop else {
      Issue.record("stopped for \(String(describing: end.stop))")
      return
    }
    #expect(count >= 5)
    #expect(client.callCount < 20)
  }

  @Test(arguments: ["", "I cannot tell.", "<think>hm"])
  func repliesThatAreNoVerdictsStopTheRun(text: String) async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let client = ScriptedClient { _, _ in CompletionReply(text: text, finishReason: .length) }
    let honest = ScriptedClient()
    // The other judge's verdicts between them change nothing.
    let end = try await labeler(client, honest, configuration: .init { $0.maximumConsecutiveFailures = 5 })
      .run(plan(50), journal: journal())
    #expect(end.stop == .unusableReplies(count: 5, problem: .cutOff))
    #expect(client.callCount < 20)
  }

  @Test func aVerdictAmongThemLetsTheRunGoOn() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let client = ScriptedClient { call, _ in call % 4 == 3 ? nil : CompletionReply(text: "") }
    let configuration = PreferenceLabeler.Configuration {
      $0.limits = RateLimits(concurrentRequests: 1)
      $0.maximumConsecutiveFailures = 5
    }
    let end = try await labeler(client, configuration: configuration).run(plan(20), journal: journal())
    #expect(end.stop == nil && end.progress.isComplete)
  }

  @Test func theServicesWordsAreKept() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let client = ScriptedClient { _, _ in
      throw CompletionError.badRequest(status: 400, code: nil, detail: "Cannot find field.")
    }
    let journal = try journal()
    let end = try await labeler(client).run(plan(1), journal: journal)
    #expect(
      end.failureDescriptions == [
        "bad-request": "the service does not take the request (status 400): Cannot find field."
      ])
    try journal.close()
    #expect(try String(contentsOf: journalURL, encoding: .utf8).contains(#""detail":"Cannot find field.""#))
    // A journal with them is read again.
    #expect(try LabelJournal(reading: journalURL).replyCount == 0)
  }

  private static let refusal = ScriptedClient.Failing(kind: "rate-limited", retryAfter: .seconds(500))

  @Test func oneRefusalAmongAnswersHoldsBackOnlyItsOwnRequest() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let clock = ManualClock()
    let client = ScriptedClient { call, _ in
      if call == 0 { throw Self.refusal }
      return nil
    }
    let configuration = PreferenceLabeler.Configuration { $0.limits = RateLimits(concurrentRequests: 4) }
    let end = try await labeler(client, configuration: configuration, clock: clock)
      .run(plan(10), journal: journal()) { if $0.newCount == 19 { clock.release() } }
    #expect(end.progress.isComplete && client.callCount == 21)
  }

  @Test func twoRefusalsInARowHoldBackTheOthers() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let clock = ManualClock()
    let (refused, signal) = AsyncStream.makeStream(of: Void.self)
    let client = ScriptedClient { call, _ in
      if call < 2 { throw Self.refusal }
      if call == 2 { for await _ in refused { break } }
      return nil
    }
    let configuration = PreferenceLabeler.Configuration { $0.limits = RateLimits(concurrentRequests: 3) }
    let (labeler, plan, journal) = (
      labeler(client, configuration: configuration, clock: clock), try plan(10), try journal()
    )
    async let run = labeler.run(plan, journal: journal) { if $0.retryCount == 2 { signal.yield() } }
    // The two, and the third worker before its next request.
    while clock.sleeperCount < 3 { try await Task.sleep(for: .milliseconds(1)) }
    #expect(client.callCount == 3)
    clock.release()
    #expect(try await run.progress.isComplete)
  }

  @Test func aJudgeThatIsHeldBackHoldsUpNoOther() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let clock = ManualClock()
    let slow = ScriptedClient { call, _ in
      if call < 2 { throw Self.refusal }
      return nil
    }
    let quick = ScriptedClient()
    let configuration = PreferenceLabeler.Configuration { $0.limits = RateLimits(concurrentRequests: 4) }
    let end = try await labeler(slow, quick, configuration: configuration, clock: clock)
      .run(plan(10), journal: journal()) { _ in if quick.callCount == 20 { clock.release() } }
    #expect(end.progress.isComplete && quick.callCount == 20 && slow.callCount == 22)
  }

  @Test(arguments: [1, 8]) func theCeilingIsNeverPassed(concurrency: Int) async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let client = ScriptedClient()
    let budget = Budget(tokens: 20_000)
    let labeler = labeler(
      client, configuration: .init { $0.limits = RateLimits(concurrentRequests: concurrency) }, budget: budget)
    let (plan, journal) = (try plan(200), try journal())
    let most = Mutex(0)
    let end = try await labeler.run(plan, journal: journal) { progress in
      most.withLock { $0 = max($0, progress.ledger.committed.tokens) }
    }
    #expect(end.stop == .budget)
    #expect(most.withLock { $0 } <= 20_000)
    // A request reserves more than it uses; the ceiling is neared to within one reservation.
    #expect(end.progress.ledger.spent.tokens > 17_000)
    #expect(end.progress.answeredCount == client.callCount)
    // More money goes on from there.
    let rest = try await self.labeler(client).run(plan, journal: journal)
    #expect(rest.progress.isComplete)
    #expect(client.callCount == 400)
  }

  @Test func cancellationKeepsWhatIsPaidFor() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let (cancelled, end) = AsyncStream.makeStream(of: Void.self)
    let service = Task { for await _ in cancelled {} }
    let client = ScriptedClient { call, _ in
      // The ones in flight do not look at cancellation, as a service would not.
      if call >= 10 { await service.value }
      return nil
    }
    let labeler = labeler(client)
    let (plan, journal) = (try plan(500), try journal())
    let (begun, signal) = AsyncStream.makeStream(of: Void.self)
    let work = Task {
      try await labeler.run(plan, journal: journal) { if $0.newCount == 10 { signal.yield() } }
    }
    for await _ in begun { break }
    work.cancel()
    end.finish()
    let result = try await work.value
    #expect(result.stop == .cancelled)
    #expect(result.progress.newCount == client.callCount, "every request that was sent is answered and kept")
    #expect(journal.replyCount == client.callCount)
    // Ten, and no more than may be in flight.
    #expect(client.callCount <= 18)
    #expect(journal.ledger.reserved == .zero)
  }

  @Test func severalJudgesVote() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let honest = [ScriptedClient(), ScriptedClient()]
    let biased = ScriptedClient { _, request in ScriptedClient.answer(request, bias: .first) }
    let (plan, journal) = (try plan(4), try journal())
    let majority = labeler(honest[0], honest[1], biased)
    let end = try await majority.run(plan, journal: journal)
    let kept = try majority.result(of: plan, journal: journal, after: end)
    #expect(kept.labels.map(\.ranks) == plan.comparisons.map(\.pair.ranks))
    #expect(kept.labels.first?.annotator == "judge0+judge1+judge2")
    let unanimous = labeler(honest[0], honest[1], biased, configuration: .init { $0.votes = .unanimous })
    #expect(try unanimous.result(of: plan, journal: journal).labels.isEmpty)
    let soft = labeler(honest[0], honest[1], biased, configuration: .init { $0.softLabels = .verdict })
    let probabilities = try soft.result(of: plan, journal: journal).labels.compactMap(\.probability)
    #expect(probabilities.map { ($0 * 600).rounded() } == [500, 100, 500, 100], "two votes of 1 and one of a half")
  }

  @Test func aBiasedJudgeGivesNoLabelsOrSoftOnes() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let client = ScriptedClient { _, request in ScriptedClient.answer(request, bias: .second) }
    let (plan, journal) = (try plan(3), try journal())
    _ = try await labeler(client).run(plan, journal: journal)
    #expect(try labeler(client).result(of: plan, journal: journal).labels.isEmpty)
    let soft = labeler(client, configuration: .init { $0.undecided = .soft })
    #expect(try soft.result(of: plan, journal: journal).labels.map(\.probability) == [0.5, 0.5, 0.5])
  }

  @Test func measuredConsistencySoftensLabels() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    // One comparison in four is decided by position.
    let client = ScriptedClient { _, request in
      let text = request.messages.last?.content ?? ""
      let number = text.split(separator: " ").compactMap { Int($0.prefix { $0.isNumber }) }.first ?? 0
      return number % 4 == 0 ? ScriptedClient.answer(request, bias: number % 8 == 0 ? .first : .second) : nil
    }
    let (plan, journal) = (try plan(80), try journal())
    let labeler = labeler(client, configuration: .init { $0.softLabels = .consistency })
    _ = try await labeler.run(plan, journal: journal)
    let labels = try labeler.result(of: plan, journal: journal).labels
    let sure = labels.compactMap(\.probability).map { max($0, 1 - $0) }
    #expect(labels.count == 60)
    // c = 61/82, no bias: m = (1 + sqrt(2c - 1)) / 2, m²/c.
    let c = 61.0 / 82
    let m = (1 + (2 * c - 1).squareRoot()) / 2
    #expect(sure.allSatisfy { abs(Double($0) - m * m / c) < 1e-5 })
  }

  @Test func aBatchGoesOutAndComesBack() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let client = ScriptedClient()
    let labeler = labeler(client)
    let (plan, journal) = (try plan(3), try journal())
    let url = folder.appendingPathComponent("batch.jsonl")
    let export = try labeler.exportBatch(plan, journal: journal, to: url)
    #expect(export.requestCount == 6 && export.files.map(\.url) == [url])
    #expect(try String(contentsOf: url, encoding: .utf8).split(separator: "\n").count == 6)
    // Neither a run nor another export asks them again.
    let end = try await labeler.run(plan, journal: journal)
    #expect(client.callCount == 0)
    #expect(end.progress.batchedCount == 6)
    #expect(try labeler.exportBatch(plan, journal: journal, to: url).requestCount == 0)

    var lines = ""
    for (index, key) in journal.openBatchKeys.sorted(by: { $0.text < $1.text }).enumerated() {
      let body =
        #"{"choices":[{"index":0,"message":{"role":"assistant","content":"{\"verdict\":\"tie\"}"},"#
        + #""finish_reason":"stop"}],"usage":{"prompt_tokens":100,"completion_tokens":5}}"#
      lines +=
        index == 0
        ? #"{"id":"r","custom_id":"\#(key)","response":null,"error":{"code":"batch_expired","message":"x"}}"# + "\n"
        : #"{"id":"r","custom_id":"\#(key)","response":{"status_code":200,"request_id":"q","body":\#(body)},"#
          + #""error":null}"# + "\n"
    }
    lines +=
      #"{"id":"r","custom_id":"\#(String(repeating: "0", count: 32))","response":null,"error":{"code":"x"}}"# + "\n"
    let results = folder.appendingPathComponent("results.jsonl")
    try Data(lines.utf8).write(to: results)
    let entered = try labeler.importBatch(BatchResults(contentsOf: results), of: plan, journal: journal)
    #expect(entered.replyCount == 5)
    #expect(entered.failures.values.reduce(0, +) == 1)
    #expect(journal.openBatchKeys.isEmpty)
    // Half of 105 tokens at a millionth of a dollar for a million.
    #expect(journal.ledger.spent.money.units >= 5 * 105 / 2)
    #expect(journal.ledger.spent.money.units <= 5 * 106)
    _ = try await labeler.run(plan, journal: journal)
    #expect(client.callCount == 1)
  }

  @Test func theSameQuestionTwiceIsAskedOnce() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let client = ScriptedClient()
    let labeler = labeler(client, client)
    // Two judges of one model and settings are one.
    let same = PreferenceLabeler(judges: [labeler.judges[0], labeler.judges[0]])
    let (plan, journal) = (try plan(2), try journal())
    let end = try await same.run(plan, journal: journal)
    #expect(client.callCount == 4)
    #expect(end.progress.isComplete)
    #expect(try same.result(of: plan, journal: journal).labels.count == 2)
  }
}
