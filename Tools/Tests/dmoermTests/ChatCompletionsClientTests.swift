import DMoERM
import Foundation
import Synchronization
import Testing

/// The client against a real server on loopback.
@Suite struct ChatCompletionsClientTests {
  private static let key = "sk-test-0123456789abcdef"
  private let request = CompletionRequest(
    model: "judge", messages: [.system("Judge."), .user("Which reply is the better one in logic, and why is it so?")],
    maximumTokens: 16, seed: 7, topLogProbabilities: 5,
    responseSchema: #"{"type": "object", "properties": {"verdict": {"type": "string"}}}"#)

  private func client(
    _ server: FaultServer, timeout: Duration = .seconds(30), maximumReplyBytes: Int = 1 << 20,
    maximumConnections: Int = 64
  ) throws -> ChatCompletionsClient {
    try ChatCompletionsClient(
      baseURL: server.url, apiKey: APIKey { Self.key }, timeout: timeout, maximumReplyBytes: maximumReplyBytes,
      maximumConnections: maximumConnections)
  }

  /// The error of one request that meets a fault.
  private func error(
    _ fault: Fault, timeout: Duration = .seconds(30), maximumReplyBytes: Int = 1 << 20
  ) async throws -> CompletionError {
    try await FaultServer(script: { _ in fault }).run { server in
      let client = try client(server, timeout: timeout, maximumReplyBytes: maximumReplyBytes)
      let error = await #expect(throws: CompletionError.self) { try await client.complete(request) }
      return try #require(error)
    }
  }

  @Test func aReplyArrivesWithItsTokensAndTheKeyGoesOut() async throws {
    try await FaultServer(answer: { "\($0.count): \($0.last?.role ?? "")" }).run { server in
      let reply = try await client(server).complete(request)
      #expect(
        reply
          == CompletionReply(text: "2: user", usage: .init(promptTokens: 10, completionTokens: 2, cachedTokens: 4)))
      let arrival = try #require(server.arrivals.first)
      #expect(arrival.path == "/v1/chat/completions")
      #expect(arrival.headers["authorization"] == "Bearer \(Self.key)")
      #expect(arrival.headers["content-type"] == "application/json")
      #expect(arrival.headers["cookie"] == nil)
      let line = try BatchRequestLine(request)
      #expect(String(decoding: line.bytes, as: UTF8.self).contains(String(decoding: arrival.body, as: UTF8.self)))
    }
  }

  @Test func refusedFilteredAndCutOffRepliesAreNoErrors() async throws {
    let faults: [Fault] = [.refusal, .contentFilter, .lengthLimit]
    try await FaultServer(script: { faults[$0.number] }).run { server in
      let client = try client(server)
      let refused = try await client.complete(request)
      #expect(refused.text.isEmpty && refused.refusal == "I cannot judge")
      #expect(try await client.complete(request).finishReason == .contentFilter)
      let cut = try await client.complete(request)
      #expect(cut.finishReason == .length && cut.text == "The fir")
    }
  }

  @Test func answersWithAnErrorAreToldApart() async throws {
    #expect(try await error(.rateLimited(retryAfter: "7")) == .rateLimited(retryAfter: .seconds(7)))
    #expect(try await error(.rateLimited()) == .rateLimited(retryAfter: nil))
    #expect(try await error(.insufficientQuota) == .quotaExhausted)
    #expect(try await error(.status(500)) == .serverFailure(status: 500, retryAfter: nil))
    #expect(
      try await error(.status(503, headers: ["retry-after-ms": "250"], body: "<html>"))
        == .serverFailure(status: 503, retryAfter: .milliseconds(250)))
    #expect(
      try await error(.status(404, body: #"{"error":{"message":"The model `judge` does not exist"}}"#))
        == .unknownModelOrPath(detail: "The model `judge` does not exist"))
    #expect(
      try await error(.reply(#"{"error":{"message":"slow down","code":429}}"#)) == .rateLimited(retryAfter: nil))
  }

  @Test(arguments: [[:], ["WWW-Authenticate": "Bearer"], ["WWW-Authenticate": "Basic realm=\"a\""]])
  func anUnknownKeyIsNotTriedTwice(headers: [String: String]) async throws {
    let body = #"{"error":{"message":"Incorrect API key provided: \#(Self.key)"}}"#
    try await FaultServer(script: { _ in .status(401, headers: headers, body: body) }).run { server in
      let client = try client(server)
      await #expect(throws: CompletionError.unauthorized(status: 401)) { try await client.complete(request) }
      #expect(server.counts.requests == 1)
    }
  }

  @Test func brokenRepliesAreToldApart() async throws {
    #expect(try await error(.invalidJSON) == .malformedReply(reason: "not JSON"))
    #expect(try await error(.reply("{}")) == .malformedReply(reason: "no choices"))
    #expect(try await error(.halfBody) == .connectionLost(.cutOff))
    #expect(try await error(.drop) == .connectionLost(.dropped))
    #expect(try await error(.tooLarge(100_000), maximumReplyBytes: 5000) == .replyTooLarge(limit: 5000))
  }

  /// On a connection that is used again, the system would wait for a reply to half a request.
  @Test func droppedConnectionsAmongGoodOnesAreNoticed() async throws {
    try await FaultServer(script: { $0.number % 3 == 2 ? .drop : nil }).run { server in
      let client = try client(server)
      var dropped = 0
      for _ in 0..<30 {
        do {
          _ = try await client.complete(request)
        } catch CompletionError.connectionLost(.dropped) {
          dropped += 1
        }
      }
      #expect(dropped == 10 && server.counts.requests == 30)
    }
  }

  @Test func aServiceThatHangsOrTricklesRunsOutOfTime() async throws {
    let time = Duration.milliseconds(150)
    #expect(try await error(.hang, timeout: time) == .timedOut(after: time))
    #expect(try await error(.trickle, timeout: time) == .timedOut(after: time))
    #expect(try await error(.slow(.seconds(20)), timeout: time) == .timedOut(after: time))
  }

  @Test func nobodyListeningIsARefusal() async throws {
    // The port was in use a moment ago and is free now.
    let url = try await FaultServer().run { $0.url }
    let client = try ChatCompletionsClient(baseURL: url)
    await #expect(throws: CompletionError.connectionLost(.refused)) { try await client.complete(request) }
  }

  @Test func redirectsDoNotCarryTheKeyAway() async throws {
    try await FaultServer().run { (elsewhere) async throws -> Void in
      let place = "http://127.0.0.1:\(elsewhere.port)/v1/chat/completions"
      for status in [301, 302, 303, 307, 308] {
        let fault = Fault.status(status, headers: ["Location": place], body: "")
        #expect(try await error(fault) == .redirected(status: status))
      }
      #expect(try await error(.status(304, body: "")) == .redirected(status: 304))
      #expect(elsewhere.counts.requests == 0)
    }
  }

  /// Answering a redirect or challenge of a task that is being cancelled stops the process on Linux.
  @Test(arguments: [
    Fault.redirect(to: "http://127.0.0.1:9/"), .status(401, headers: ["WWW-Authenticate": "Basic realm=\"a\""]),
  ])
  func cancellingWhileTheServiceTurnsAwayIsSafe(fault: Fault) async throws {
    try await FaultServer(script: { _ in fault }, remembers: false).run { server in
      let client = try client(server)
      let kinds = await withTaskGroup(of: String.self) { group in
        for index in 0..<300 {
          group.addTask { [request] in
            let task = Task { try await client.complete(request) }
            if index % 3 > 0 {
              for _ in 0..<(index % 50) { await Task.yield() }
              task.cancel()
            }
            do { return try await task.value.text } catch {
              return (error as? CompletionError)?.kind ?? (error is CancellationError ? "cancelled" : "other")
            }
          }
        }
        return await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(kinds.isSubset(of: ["redirected", "unauthorized", "cancelled"]) && kinds.count <= 2)
    }
  }

  @Test func fieldsThatAServiceDoesNotTakeAreLeftOutFromThenOn() async throws {
    let fields = ["max_tokens", "response_format", "temperature", "seed", "logprobs"]
    try await FaultServer(script: { arrival in
      let object = (try? JSONSerialization.jsonObject(with: arrival.body)) as? [String: Any] ?? [:]
      return fields.first { object[$0] != nil }.map { .unsupported($0) }
    }).run { server in
      let client = try client(server)
      #expect(client.adjustments.isEmpty)
      #expect(try await client.complete(request).text == "1")
      // One refusal a field, two for the schema, which has two forms, and then the reply.
      #expect(server.counts.requests == RequestAdjustment.allCases.count + 1)
      #expect(client.adjustments == ["judge": Set(RequestAdjustment.allCases)])
      let body = String(decoding: try #require(server.arrivals.last).body, as: UTF8.self)
      #expect(body.contains("\"max_completion_tokens\":16"))
      #expect(try await client.complete(request).text == "1")
      #expect(server.counts.requests == RequestAdjustment.allCases.count + 2)
    }
  }

  @Test func aServiceThatTakesSchemasInAnObjectGetsThemThere() async throws {
    try await FaultServer(script: { arrival in
      let object = (try? JSONSerialization.jsonObject(with: arrival.body)) as? [String: Any]
      let format = object?["response_format"] as? [String: Any]
      return format?["json_schema"] == nil ? nil : .unsupported("response_format")
    }).run { server in
      let client = try client(server)
      #expect(try await client.complete(request).text == "1")
      #expect(client.adjustments == ["judge": [.sendsSchemaInObject]])
      let body = String(decoding: try #require(server.arrivals.last).body, as: UTF8.self)
      #expect(body.contains(#""json_object""#) && body.contains(#""schema""#) && !body.contains("json_schema"))
    }
  }

  @Test func aFieldThatIsStillRefusedIsAnError() async throws {
    let error = try await error(.unsupported("temperature"))
    #expect(
      error
        == .badRequest(
          status: 400, code: "unsupported_parameter", detail: "Unsupported parameter: 'temperature'"))
  }

  @Test func cancellationEndsAtOnceAndHangsUp() async throws {
    try await FaultServer(script: { _ in .hang }).run { server in
      let client = try client(server)
      let tasks = (0..<8).map { _ in Task { [request] in try await client.complete(request) } }
      while server.counts.requests < 8 { await Task.yield() }
      for task in tasks { task.cancel() }
      for task in tasks { await #expect(throws: CancellationError.self) { try await task.value } }
      let before = Task { [request] in
        withUnsafeCurrentTask { $0?.cancel() }
        return try await client.complete(request)
      }
      await #expect(throws: CancellationError.self) { try await before.value }
      #expect(server.counts.requests == 8)
    }
  }

  @Test func cancellingWhileRepliesComeInDoesNotLockUp() async throws {
    try await FaultServer(remembers: false).run { server in
      let client = try client(server)
      let outcomes = await withTaskGroup(of: Bool.self) { group in
        for index in 0..<400 {
          group.addTask { [request] in
            let task = Task { try await client.complete(request) }
            for _ in 0..<(index % 40) { await Task.yield() }
            task.cancel()
            do { return try await task.value.text == "1" } catch { return error is CancellationError }
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count == 400 && outcomes.allSatisfy { $0 })
      #expect(try await client.complete(request).text == "1")
    }
  }

  @Test func thirtyTwoRequestsAreInFlightAtOnce() async throws {
    let arrived = Mutex(0)
    try await FaultServer(
      script: { _ in
        arrived.withLock { $0 += 1 }
        return .slow(.milliseconds(500))
      }, answer: { $0.last?.content ?? "" }
    ).run { server in
      let client = try client(server)
      let texts = try await withThrowingTaskGroup(of: Bool.self) { group in
        for index in 0..<64 {
          if index >= 32 { _ = try await group.next() }
          group.addTask {
            let request = CompletionRequest(model: "m", messages: [.user("item \(index)")])
            return try await client.complete(request).text == "item \(index)"
          }
        }
        return try await group.reduce(true) { $0 && $1 }
      }
      #expect(texts)
      // Far more than URLSession's own 6; a loaded machine may be late with the last ones.
      #expect((20...32).contains(server.counts.maximumInFlight))
      #expect(server.counts.requests == 64)
    }
  }

  @Test func theNumberOfConnectionsIsBounded() async throws {
    try await FaultServer(script: { _ in .slow(.milliseconds(5)) }).run { server in
      let client = try client(server, maximumConnections: 3)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<24 { group.addTask { [request] in _ = try await client.complete(request) } }
        try await group.waitForAll()
      }
      #expect(server.counts.maximumInFlight <= 3 && server.counts.requests == 24)
    }
  }
}
