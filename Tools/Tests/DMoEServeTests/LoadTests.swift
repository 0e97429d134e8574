@_spi(Command) import DMoERM
import Foundation
import HTTPTypes
import Synchronization
import Testing

@testable import DMoEServe

/// What many clients at once, few places and little time do.
@Suite(.endsSomeday) struct LoadTests {
  @Test func rewardsAreTheSameUnderManyConnectionsInAnyOrder() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    let prompts = (0..<16).map { "Say the word number \($0)" }
    let responses = (0..<8).map { "word \($0)" + String(repeating: " on", count: $0 % 4) }
    // Every third one is left to the router.
    let categories = prompts.indices.map { [nil, "chat", "code"][$0 % 3] }
    let expected = try zip(prompts, categories).map { prompt, category in
      try fixture.model.scores(responses, to: try Conversation(prompt: prompt), category: category)
    }
    // In an order of their own, each once: 17 and 128 have no common divisor.
    let pairs = (0..<128).map { ($0 * 17) % 128 }.map { (prompt: $0 / 8, response: $0 % 8) }
    try await fixture.test { client in
      let found = try await withThrowingTaskGroup(of: [(Int, Int, Double?)].self) { group in
        for connection in 0..<64 {
          group.addTask {
            var found: [(Int, Int, Double?)] = []
            for place in stride(from: connection, to: pairs.count, by: 64) {
              let (prompt, response) = pairs[place]
              let body = JSONTree([
                "prompt": JSONTree(prompts[prompt]), "response": JSONTree(responses[response]),
                "category": categories[prompt].map { JSONTree($0) },
              ]).text
              let reply = try await client.post("/v1/rewards", body)
              found.append((prompt, response, reply.json["results"]?.array?.first?["rewards"]?.numbers.first))
            }
            return found
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      // Each once, none lost.
      #expect(found.count == 128 && Set(found.map { $0.0 * 8 + $0.1 }).count == 128)
      for (prompt, response, reward) in found {
        #expect(abs((reward ?? .infinity) - Double(expected[prompt][response])) < 1e-5)
      }
      let metrics = try await client.get("/metrics").text
      #expect(metrics.contains("dmoerm_abstentions_total") == false)
      // A prompt is read once, however its responses come.
      #expect(metrics.contains("dmoerm_prompts_total{cached=\"false\"} 16"), "\(metrics)")
    }
  }

  @Test func aFullQueueSaysWhenToComeBack() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder) { $0.limits.queuedResponses = 2 }
    let worker = HeldWorker(fixture.server.service.queue)
    try await fixture.test { client in
      async let first = client.post("/v1/rewards", #"{"prompt": "a", "responses": ["b", "c"]}"#)
      try await until { fixture.server.service.queue.waitingResponses >= 2 }
      let second = try await client.post("/v1/rewards", #"{"prompt": "a", "response": "b"}"#)
      #expect(second.status == 429 && second.json["error"]?["code"]?.string == "queue_full", "\(second.text)")
      #expect((second.headers[.retryAfter].flatMap { Int($0) } ?? 0) >= 1)
      worker.release()
      #expect(try await first.status == 200)
    }
  }

  @Test func aDeadlineThatPassesIsAnError() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    let worker = HeldWorker(fixture.server.service.queue)
    try await fixture.test { client in
      let body = #"{"prompt": "a", "response": "b"}"#
      let reply = try await client.post("/v1/rewards", body, headers: [.requestTimeout: "0.05"])
      #expect(reply.status == 504 && reply.json["error"]?["code"]?.string == "deadline_exceeded", "\(reply.text)")
      worker.release()
      let wrong = try await client.post("/v1/rewards", body, headers: [.requestTimeout: "soon"])
      #expect(wrong.status == 400)
      #expect(try await client.post("/v1/rewards", body, headers: [.requestTimeout: "100"]).status == 200)
    }
  }

  @Test func workForAClientThatHasGoneIsDropped() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    let service = fixture.server.service
    let worker = HeldWorker(service.queue)
    try await fixture.test { client in
      let gone = Task { try await client.post("/v1/rewards", #"{"prompt": "gone", "response": "b"}"#) }
      try await until { service.queue.waitingResponses >= 1 }
      gone.cancel()
      // The server has answered it, to nobody, before the worker goes on.
      try await until { try await client.get("/metrics").text.contains("status=\"499\"}") }
      worker.release()
      #expect(try await client.post("/v1/rewards", #"{"prompt": "a", "response": "b"}"#).status == 200)
      let metrics = try await client.get("/metrics").text
      #expect(metrics.contains("dmoerm_prompts_total{cached=\"false\"} 1"), "\(metrics)")
    }
  }

  /// One that was closed before its request came to wait, too.
  @Test func aConnectionThatIsClosedHasGone() {
    let (watch, connection) = (ConnectionWatch(), ObjectIdentifier(ServeClient.self))
    let calls = Mutex<[String]>([])
    watch.open(connection)
    _ = watch.whenGone(connection) { calls.withLock { $0.append("waited") } }
    #expect(calls.withLock { $0 } == [])
    watch.close(connection)
    _ = watch.whenGone(connection) { calls.withLock { $0.append("came late") } }
    #expect(calls.withLock { $0 } == ["waited", "came late"] && watch.count == 0)
  }

  @Test func limitsThatMakeNoSenseAreRefused() throws {
    let changes: [(inout ServeSettings) -> Void] = [
      { $0.limits.readSeconds = 1e10 }, { $0.limits.readSeconds = 0 }, { $0.limits.requestSeconds = .nan },
      { $0.limits.queuedResponses = 0 }, { $0.host = "127.lan.example" }, { $0.host = "0.0.0.0" },
    ]
    for change in changes {
      var settings = ServeSettings()
      change(&settings)
      #expect(throws: ServeError.self) { try settings.check() }
    }
    for host in ["127.0.0.1", "127.1.2.3", "localhost", "::1"] {
      var settings = ServeSettings()
      settings.host = host
      try settings.check()
    }
  }

  @Test func bodiesAndCountsHaveLimits() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder) {
      $0.limits.bodyBytes = 1000
      $0.limits.responsesPerRequest = 3
    }
    try await fixture.test { client in
      let many = try await client.post("/v1/rewards", #"{"prompt": "a", "responses": ["b", "c", "d", "e"]}"#)
      #expect(many.status == 413 && many.json["error"]?["code"]?.string == "payload_too_large")
      let long = String(repeating: "a", count: 2000)
      #expect(try await client.post("/v1/rewards", #"{"prompt": "\#(long)", "response": "b"}"#).status == 413)
    }
  }

  @Test func clientsThatAreSlowAreLetGo() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder) { $0.limits.readSeconds = 0.2 }
    try await fixture.test { client in
      let head = "POST /v1/rewards HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"
      // Each returns because the server closes the connection.
      let half = try await RawConnection.exchange(head + "{", port: client.port)
      #expect(!half.contains("200 OK"))
      #expect(try await RawConnection.exchange("POST /v1/rew", port: client.port).isEmpty)
    }
  }

  @Test func clientsThatTalkNonsenseAreLetGo() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    try await fixture.test { client in
      let garbage = try await RawConnection.exchange("garbage\r\n\r\n", port: client.port)
      #expect(garbage.hasPrefix("HTTP/1.1 400"), "\(garbage)")
      #expect(try await client.get("/health").status == 200)
    }
  }

  @Test func whatWasTakenInIsAnsweredBeforeTheServerStops() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    let worker = HeldWorker(fixture.server.service.queue)
    let server = fixture.server
    var port = 0
    try await fixture.test { client in
      let replies = (0..<8).map { place in
        Task { try await client.post("/v1/rewards", #"{"prompt": "a", "response": "b \#(place)"}"#).status }
      }
      try await until { server.service.queue.waitingResponses >= 8 }
      await server.stop()
      #expect(!server.service.isReady)
      worker.release()
      for reply in replies {
        let status = try await reply.value
        #expect(status == 200)
      }
      port = client.port
    }
    // Nobody listens any more.
    await #expect(throws: POSIXError.self) {
      try await RawConnection.exchange("GET /health HTTP/1.1\r\nHost: a\r\n\r\n", port: port)
    }
  }
}

/// Keeps the worker from scoring until it is released, so that a test depends on no time.
final class HeldWorker: Sendable {
  private let gate = DispatchSemaphore(value: 0)
  private let isHeld = Mutex(true)

  init(_ queue: ScoringQueue) {
    let gate = gate
    queue.schedule { gate.wait() }
  }

  func release() {
    let wasHeld = isHeld.withLock { held in
      defer { held = false }
      return held
    }
    if wasHeld { gate.signal() }
  }

  deinit { release() }
}
