@_spi(Command) import DMoERM
import Foundation
import HTTPTypes
import Testing

@testable import DMoEServe

/// Requests about different prompts that wait at once are scored at once.
@Suite(.endsSomeday) struct GatheringTests {
  /// Puts requests into the queue of a server whose worker is held, in their order, and gives the answers.
  private static func answers(
    _ bodies: [String], _ client: ServeClient, _ service: RewardService
  ) async throws -> [Reply] {
    let worker = HeldWorker(service.queue)
    var tasks: [Task<Reply, any Error>] = []
    for body in bodies {
      let waiting = service.queue.waitingResponses
      tasks.append(Task { try await client.post("/v1/rewards", body) })
      try await until { service.queue.waitingResponses != waiting }
    }
    worker.release()
    var replies: [Reply] = []
    for task in tasks { replies.append(try await task.value) }
    return replies
  }

  private static func rewards(_ reply: Reply) -> [Double] {
    reply.json["results"]?.array?.first?["rewards"]?.numbers ?? []
  }

  private static let categories = [nil, "chat", "code"]

  private static func body(_ number: Int) -> String {
    let category = categories[number % 3].map { #", "category": "\#($0)""# } ?? ""
    return #"{"prompt": "Question \#(number)?", "responses": ["word", "answer \#(number)"]\#(category)}"#
  }

  private static func expected(_ number: Int, _ model: RewardModel) throws -> [Float] {
    try model.scores(
      ["word", "answer \(number)"], to: Conversation(prompt: "Question \(number)?"), category: categories[number % 3])
  }

  @Test func aStormOfDifferentPromptsIsOnePass() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    try await fixture.test { client in
      let replies = try await Self.answers((0..<24).map(Self.body), client, fixture.server.service)
      for (number, reply) in replies.enumerated() {
        #expect(agree(Self.rewards(reply), try Self.expected(number, fixture.model)), "\(reply.text)")
      }
      let metrics = try await client.get("/metrics").text
      #expect(metrics.contains("dmoerm_passes_total 1\n"), "\(metrics)")
      #expect(metrics.contains("dmoerm_prompts_total{cached=\"false\"} 24"), "\(metrics)")
      // And the next ones find what was kept.
      let again = try await Self.answers((0..<24).map(Self.body), client, fixture.server.service)
      for (number, reply) in again.enumerated() {
        #expect(agree(Self.rewards(reply), try Self.expected(number, fixture.model)), "\(reply.text)")
        #expect((reply.json["usage"]?["cached_tokens"]?.int ?? 0) > 0)
      }
      #expect(try await client.get("/metrics").text.contains("dmoerm_prompts_total{cached=\"true\"} 24"))
    }
  }

  /// As many as its tokens allow, and whole items.
  @Test func aPassEndsWhereItsTokensDo() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    let served = fixture.server.service.registry.all[0]
    let costs = (0..<9).map { number in
      served.tokenCount(of: "word") + served.tokenCount(of: "answer \(number)")
        + served.promptTokenCount(
          of: KeptPrompts.Key(conversation: Conversation(stringLiteral: "Question \(number)?"), category: nil))
    }
    let room = 3 * (costs.max() ?? 0)
    let small = try ServeFixture(folder: folder) { $0.limits.passTokens = room }
    try await small.test { client in
      let replies = try await Self.answers((0..<9).map(Self.body), client, small.server.service)
      for (number, reply) in replies.enumerated() {
        #expect(agree(Self.rewards(reply), try Self.expected(number, small.model)), "\(reply.text)")
      }
      #expect(try await client.get("/metrics").text.contains("dmoerm_passes_total 3\n"))
    }
  }

  /// Its answer is that of one pass: rewards and places of errors.
  @Test func anItemOfMoreThanAPassIsAnsweredWhole() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder) { $0.limits.passTokens = 8 }
    try await fixture.test { client in
      let responses = (0..<12).map { "answer \($0)" } + [String(repeating: "word ", count: 150), "last"]
      let list = responses.map { "\"\($0)\"" }.joined(separator: ", ")
      let body = #"{"prompt": "Question?", "responses": [\#(list)], "category": "chat"}"#
      let reply = try await client.post("/v1/rewards", body)
      let result = try #require(reply.json["results"]?.array?.first)
      let expected = try fixture.model.scores(
        responses.filter { $0.count < 100 }, to: "Question?", category: "chat")
      let rewards = try #require(result["rewards"]?.array)
      #expect(rewards.count == 14 && rewards[12].double == nil)
      #expect(agree(rewards.compactMap(\.double), expected), "\(reply.text)")
      let error = try #require(result["errors"]?.array?.first { $0["code"]?.string == "too_long" })
      #expect(error["message"]?.string?.contains("response 12 has") == true, "\(reply.text)")
      #expect((reply.json["usage"]?["cached_tokens"]?.int ?? -1) == 0)
    }
  }

  @Test func aPassHasMemoryForItsPrompts() async throws {
    let prompt = try ServeFixture.model().prepare("Question 0?", category: "chat")
    let folder = try ServeFolder()
    // With their texts there is room for two prompts of the category that takes most.
    let limit = 2 * (prompt.byteCount + 4096)
    let fixture = try ServeFixture(folder: folder) { $0.limits.keptPromptBytes = limit }
    try await fixture.test { client in
      let bodies = (0..<8).map { #"{"prompt": "Question \#($0)?", "response": "word", "category": "chat"}"# }
      for (number, reply) in try await Self.answers(bodies, client, fixture.server.service).enumerated() {
        let expected = try fixture.model.scores(
          ["word"], to: Conversation(prompt: "Question \(number)?"), category: "chat")
        #expect(agree(Self.rewards(reply), expected), "\(reply.text)")
      }
      #expect(try await client.get("/metrics").text.contains("dmoerm_passes_total 4\n"))
      #expect(fixture.server.service.registry.all[0].prompts.byteCount <= limit)
    }
  }

  @Test func anItemThatFailsHurtsNoneBesideIt() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    try await fixture.test { client in
      let long = String(repeating: "word ", count: 150)
      let bodies = [
        Self.body(0), #"{"prompt": "\#(long)", "response": "no"}"#,
        #"{"prompt": "Question 1?", "responses": ["  ", "word"], "category": "chat"}"#, Self.body(2),
        #"{"prompt": "Question 3?", "response": "\#(long)"}"#, Self.body(4),
      ]
      let replies = try await Self.answers(bodies, client, fixture.server.service)
      #expect(replies.map(\.status) == [200, 422, 200, 200, 422, 200])
      for (place, number) in [(0, 0), (3, 2), (5, 4)] {
        #expect(agree(Self.rewards(replies[place]), try Self.expected(number, fixture.model)))
      }
      #expect(replies[1].json["error"]?["code"]?.string == "too_long")
      #expect(
        agree(Self.rewards(replies[2]), try fixture.model.scores(["word"], to: "Question 1?", category: "chat")))
      #expect(replies[2].json["results"]?.array?.first?["errors"]?.array?.first?["code"]?.string == "empty_response")
      let metrics = try await client.get("/metrics").text
      #expect(metrics.contains("dmoerm_passes_total 1\n"), "\(metrics)")
      #expect(metrics.contains("dmoerm_abstentions_total{model=\"tiny\",code=\"too_long\"} 2"), "\(metrics)")
    }
  }

  @Test func bothScalesAreScoredInOnePass() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    try await fixture.test { client in
      let raw = #"{"prompt": "Question 0?", "responses": ["word", "answer 0"], "normalize": false}"#
      let replies = try await Self.answers([Self.body(0), raw, Self.body(1)], client, fixture.server.service)
      #expect(agree(Self.rewards(replies[0]), try Self.expected(0, fixture.model)))
      #expect(agree(Self.rewards(replies[1]), try Self.expected(0, fixture.model.withoutNormalization)))
      let metrics = try await client.get("/metrics").text
      #expect(metrics.contains("dmoerm_passes_total 1\n"), "\(metrics)")
      #expect(metrics.contains("dmoerm_prompts_total{cached=\"false\"} 2"), "\(metrics)")
    }
  }

  /// Whatever else of its prompt is in the pass.
  @Test func anErrorNamesAResponseByItsPlaceInItsRequest() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    try await fixture.test { client in
      let long = String(repeating: "word ", count: 150)
      let bodies = [Self.body(0), #"{"prompt": "Question 0?", "response": "\#(long)"}"#]
      let replies = try await Self.answers(bodies, client, fixture.server.service)
      let message = replies[1].json["error"]?["message"]?.string ?? ""
      #expect(replies[1].status == 422 && message.contains("response 0"), "\(replies[1].text)")
    }
  }

  /// What came before a reload and what came after it are two models, and no pass has both.
  @Test func requestsOfBothSidesOfAReloadEndOnTheirWeights() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    let new = try ServeFixture.model(seed: 8)
    let service = fixture.server.service
    try await fixture.test { client in
      let worker = HeldWorker(service.queue)
      let before = (0..<4).map { number in Task { try await client.post("/v1/rewards", Self.body(number)) } }
      try await until { service.queue.waitingResponses >= 8 }
      try new.write(to: folder.url.appendingPathComponent("tiny.dmoerm"))
      service.registry.install(try service.registry.readAgain("tiny"))
      let after = (0..<4).map { number in Task { try await client.post("/v1/rewards", Self.body(number)) } }
      try await until { service.queue.waitingResponses >= 16 }
      worker.release()
      for number in 0..<4 {
        let (old, fresh) = (try await before[number].value, try await after[number].value)
        #expect(agree(Self.rewards(old), try Self.expected(number, fixture.model)), "\(old.text)")
        #expect(agree(Self.rewards(fresh), try Self.expected(number, new)), "\(fresh.text)")
      }
    }
  }

  @Test func whatNobodyWaitsForTakesNobodysPlace() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder) { $0.limits.queuedResponses = 2 }
    let queue = fixture.server.service.queue
    let worker = HeldWorker(queue)
    try await fixture.test { client in
      let gone = Task { try await client.post("/v1/rewards", #"{"prompt": "gone", "responses": ["b", "c"]}"#) }
      try await until { queue.waitingResponses >= 2 }
      gone.cancel()
      try await until { queue.waitingResponses == 0 }
      #expect(queue.waitingTokens == 0)
      async let taken = client.post("/v1/rewards", #"{"prompt": "a", "responses": ["b", "c"]}"#)
      try await until { queue.waitingResponses >= 2 }
      worker.release()
      let status = try await taken.status
      #expect(status == 200)
    }
  }
}
