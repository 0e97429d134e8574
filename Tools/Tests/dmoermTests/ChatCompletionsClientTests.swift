@_spi(Command) @_spi(HTTPTransport) import DMoELabel
@_spi(Command) import DMoERM
import FlyingSocks
import Foundation
import Testing

@testable import dmoerm

/// What carries the requests: the library's own, or the command's.
enum Carrier: CaseIterable {
  case urlSession
  case asyncHTTP
}

/// Longer than any machine takes for a request on loopback, however busy it is.
private let ample = Duration.seconds(600)

/// The client against a real server on loopback, over both of its carriers.
@Suite struct ChatCompletionsClientTests {
  private static let key = "sk-test-0123456789abcdef"
  private let request = CompletionRequest(
    model: "judge", messages: [.system("Judge."), .user("Which reply is the better one in logic, and why is it so?")],
    maximumTokens: 16, seed: 7, topLogProbabilities: 5,
    responseSchema: #"{"type": "object", "properties": {"verdict": {"type": "string"}}}"#)

  private func client(
    _ carrier: Carrier, _ url: URL, timeout: Duration = ample, maximumReplyBytes: Int = 1 << 20,
    maximumConnections: Int = 64
  ) throws -> ChatCompletionsClient {
    let key = APIKey { Self.key }
    return switch carrier {
    case .urlSession:
      try ChatCompletionsClient(
        baseURL: url, apiKey: key, timeout: timeout, maximumReplyBytes: maximumReplyBytes,
        maximumConnections: maximumConnections)
    case .asyncHTTP:
      try ChatCompletionsClient(
        baseURL: url, apiKey: key,
        transport: AsyncHTTPTransport(
          timeout: timeout, maximumReplyBytes: maximumReplyBytes, maximumConnections: maximumConnections, proxy: nil))
    }
  }

  /// The error of one request that meets a fault.
  private func error(
    _ carrier: Carrier, _ fault: Fault, timeout: Duration = ample, maximumReplyBytes: Int = 1 << 20
  ) async throws -> CompletionError {
    try await FaultServer(script: { _ in fault }).run { server in
      let client = try client(carrier, server.url, timeout: timeout, maximumReplyBytes: maximumReplyBytes)
      let error = await #expect(throws: CompletionError.self) { try await client.complete(request) }
      return try #require(error)
    }
  }

  @Test(arguments: Carrier.allCases) func aReplyArrivesWithItsTokensAndTheKeyGoesOut(carrier: Carrier) async throws {
    try await FaultServer(answer: { "\($0.count): \($0.last?.role ?? "")" }).run { server in
      let reply = try await client(carrier, server.url).complete(request)
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

  @Test(arguments: Carrier.allCases) func refusedFilteredAndCutOffRepliesAreNoErrors(carrier: Carrier) async throws {
    let faults: [Fault] = [.refusal, .contentFilter, .lengthLimit]
    try await FaultServer(script: { faults[$0.number] }).run { server in
      let client = try client(carrier, server.url)
      let refused = try await client.complete(request)
      #expect(refused.text.isEmpty && refused.refusal == "I cannot judge")
      #expect(try await client.complete(request).finishReason == .contentFilter)
      let cut = try await client.complete(request)
      #expect(cut.finishReason == .length && cut.text == "The fir")
    }
  }

  @Test(arguments: Carrier.allCases) func answersWithAnErrorAreToldApart(carrier: Carrier) async throws {
    #expect(
      try await error(carrier, .rateLimited(retryAfter: "7"))
        == .rateLimited(retryAfter: .seconds(7), detail: "Rate limit reached"))
    #expect(
      try await error(carrier, .rateLimited()) == .rateLimited(retryAfter: nil, detail: "Rate limit reached"))
    #expect(try await error(carrier, .insufficientQuota) == .quotaExhausted(detail: "You exceeded your quota"))
    #expect(try await error(carrier, .status(500)) == .serverFailure(status: 500, retryAfter: nil, detail: "no"))
    #expect(
      try await error(carrier, .status(503, headers: ["retry-after-ms": "250"], body: "<html>"))
        == .serverFailure(status: 503, retryAfter: .milliseconds(250)))
    #expect(
      try await error(carrier, .status(404, body: #"{"error":{"message":"The model `judge` does not exist"}}"#))
        == .unknownModelOrPath(detail: "The model `judge` does not exist"))
    #expect(
      try await error(carrier, .reply(#"{"error":{"message":"slow down","code":429}}"#))
        == .rateLimited(retryAfter: nil, detail: "slow down"))
  }

  @Test(
    arguments: Carrier.allCases, [[:], ["WWW-Authenticate": "Bearer"], ["WWW-Authenticate": "Basic realm=\"a\""]])
  func anUnknownKeyIsNotTriedTwice(carrier: Carrier, headers: [String: String]) async throws {
    let body = #"{"error":{"message":"Incorrect API key provided: \#(Self.key)"}}"#
    try await FaultServer(script: { _ in .status(401, headers: headers, body: body) }).run { server in
      let client = try client(carrier, server.url)
      let error = await #expect(throws: CompletionError.self) { try await client.complete(request) }
      guard case .unauthorized(status: 401, let detail) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      // URLSession gives no body along with a challenge.
      #expect([nil, "Incorrect API key provided: ***"].contains(detail))
      #expect(server.counts.requests == 1)
    }
  }

  @Test(arguments: Carrier.allCases) func brokenRepliesAreToldApart(carrier: Carrier) async throws {
    #expect(try await error(carrier, .invalidJSON) == .malformedReply(reason: "not JSON"))
    #expect(try await error(carrier, .reply("{}")) == .malformedReply(reason: "no choices"))
    #expect(try await error(carrier, .drop) == .connectionLost(.dropped))
    #expect(try await error(carrier, .tooLarge(100_000), maximumReplyBytes: 5000) == .replyTooLarge(limit: 5000))
  }

  /// On Linux, URLSession may not notice it before the time is over.
  @Test func aReplyThatIsCutOffIsNoticedAtOnce() async throws {
    #expect(try await error(.asyncHTTP, .halfBody) == .connectionLost(.cutOff))
    let time = Duration.seconds(5)
    let slow = try await error(.urlSession, .halfBody, timeout: time)
    #expect([.connectionLost(.cutOff), .timedOut(after: time)].contains(slow))
  }

  /// On a connection that is used again, the system would wait for a reply to half a request.
  @Test(arguments: Carrier.allCases) func droppedConnectionsAmongGoodOnesAreNoticed(carrier: Carrier) async throws {
    try await FaultServer(script: { $0.number % 3 == 2 ? .drop : nil }).run { server in
      let client = try client(carrier, server.url)
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

  @Test(arguments: Carrier.allCases) func aServiceThatHangsOrTricklesRunsOutOfTime(carrier: Carrier) async throws {
    let time = Duration.milliseconds(150)
    #expect(try await error(carrier, .hang, timeout: time) == .timedOut(after: time))
    #expect(try await error(carrier, .trickle, timeout: time) == .timedOut(after: time))
    #expect(try await error(carrier, .slow(.seconds(20)), timeout: time) == .timedOut(after: time))
  }

  @Test(arguments: Carrier.allCases) func nobodyListeningIsARefusal(carrier: Carrier) async throws {
    // A port that is taken, and where nobody listens.
    let socket = try Socket(domain: AF_INET, type: .stream)
    defer { try? socket.close() }
    try socket.bind(to: .inet(ip4: "127.0.0.1", port: 0))
    guard case .ip4(_, let port) = try socket.sockname() else { throw SocketError.unsupportedAddress }
    let client = try client(carrier, #require(URL(string: "http://127.0.0.1:\(port)/v1")))
    await #expect(throws: CompletionError.connectionLost(.refused)) { try await client.complete(request) }
  }

  @Test(arguments: Carrier.allCases) func redirectsDoNotCarryTheKeyAway(carrier: Carrier) async throws {
    try await FaultServer().run { (elsewhere) async throws -> Void in
      let place = "http://127.0.0.1:\(elsewhere.port)/v1/chat/completions"
      for status in [301, 302, 303, 307, 308] {
        let fault = Fault.status(status, headers: ["Location": place], body: "")
        #expect(try await error(carrier, fault) == .redirected(status: status))
      }
      #expect(try await error(carrier, .status(304, body: "")) == .redirected(status: 304))
      #expect(elsewhere.counts.requests == 0)
    }
  }

  /// Answering a redirect or challenge of a task that is being cancelled stops the process on Linux.
  @Test(
    arguments: Carrier.allCases,
    [Fault.redirect(to: "http://127.0.0.1:9/"), .status(401, headers: ["WWW-Authenticate": "Basic realm=\"a\""])])
  func cancellingWhileTheServiceTurnsAwayIsSafe(carrier: Carrier, fault: Fault) async throws {
    try await FaultServer(script: { _ in fault }, remembers: false).run { server in
      let client = try client(carrier, server.url)
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

  @Test(arguments: Carrier.allCases) func fieldsThatAServiceDoesNotTakeAreLeftOutFromThenOn(carrier: Carrier)
    async throws
  {
    let fields = ["max_tokens", "response_format", "temperature", "seed", "logprobs"]
    try await FaultServer(script: { arrival in
      let object = (try? JSONSerialization.jsonObject(with: arrival.body)) as? [String: Any] ?? [:]
      return fields.first { object[$0] != nil }.map { .unsupported($0) }
    }).run { server in
      let client = try client(carrier, server.url)
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

  @Test(arguments: Carrier.allCases) func aServiceThatTakesSchemasInAnObjectGetsThemThere(carrier: Carrier) async throws
  {
    try await FaultServer(script: { arrival in
      let object = (try? JSONSerialization.jsonObject(with: arrival.body)) as? [String: Any]
      let format = object?["response_format"] as? [String: Any]
      return format?["json_schema"] == nil ? nil : .unsupported("response_format")
    }).run { server in
      let client = try client(carrier, server.url)
      #expect(try await client.complete(request).text == "1")
      #expect(client.adjustments == ["judge": [.sendsSchemaInObject]])
      let body = String(decoding: try #require(server.arrivals.last).body, as: UTF8.self)
      #expect(body.contains(#""json_object""#) && body.contains(#""schema""#) && !body.contains("json_schema"))
    }
  }

  @Test(arguments: Carrier.allCases) func aFieldThatIsStillRefusedIsAnError(carrier: Carrier) async throws {
    let error = try await error(carrier, .unsupported("temperature"))
    #expect(
      error
        == .badRequest(
          status: 400, code: "unsupported_parameter", detail: "Unsupported parameter: 'temperature'"))
  }

  @Test(arguments: Carrier.allCases) func cancellationEndsAtOnceAndHangsUp(carrier: Carrier) async throws {
    try await FaultServer(script: { _ in .hang }).run { server in
      let client = try client(carrier, server.url)
      let tasks = (0..<8).map { _ in Task { [request] in try await client.complete(request) } }
      try await server.arrived(8)
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

  @Test(arguments: Carrier.allCases) func cancellingWhileRepliesComeInDoesNotLockUp(carrier: Carrier) async throws {
    try await FaultServer(remembers: false).run { server in
      let client = try client(carrier, server.url)
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

  @Test(arguments: Carrier.allCases) func thirtyTwoRequestsAreInFlightAtOnce(carrier: Carrier) async throws {
    // Nobody is answered before all of them have come.
    let gate = Gate(32)
    try await FaultServer(
      script: { _ in .after { await gate.pass() } }, answer: { $0.last?.content ?? "" }
    ).run { server in
      let client = try client(carrier, server.url)
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
      #expect(server.counts.maximumInFlight == 32)
      #expect(server.counts.requests == 64)
    }
  }

  @Test(arguments: Carrier.allCases) func theNumberOfConnectionsIsBounded(carrier: Carrier) async throws {
    try await FaultServer(script: { _ in .slow(.milliseconds(5)) }).run { server in
      let client = try client(carrier, server.url, maximumConnections: 3)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<24 { group.addTask { [request] in _ = try await client.complete(request) } }
        try await group.waitForAll()
      }
      #expect(server.counts.maximumInFlight <= 3 && server.counts.requests == 24)
    }
  }

  /// Whatever words it has for it: a schema is what services refuse most.
  @Test(arguments: Carrier.allCases) func aRefusalInUnknownWordsIsTriedOnceWithoutTheSchema(carrier: Carrier)
    async throws
  {
    let words = #"{"error":{"code":400,"message":"Cannot find field.","status":"INVALID_ARGUMENT"}}"#
    let script: FaultServer.Script = {
      String(decoding: $0.body, as: UTF8.self).contains("response_format") ? .status(400, body: words) : nil
    }
    try await FaultServer(script: script).run { server in
      let client = try client(carrier, server.url)
      #expect(try await client.complete(request).text == "1")
      #expect(client.adjustments == ["judge": [.omitsResponseSchema]])
      #expect(try await client.complete(request).text == "1")
      #expect(server.counts.requests == 3)
    }
    try await FaultServer(script: { _ in .status(400, body: words) }).run { server in
      let client = try client(carrier, server.url)
      await #expect(
        throws: CompletionError.badRequest(status: 400, code: "INVALID_ARGUMENT", detail: "Cannot find field.")
      ) { try await client.complete(request) }
      #expect(client.adjustments.isEmpty && server.counts.requests == 2)
    }
  }

  @Test(
    arguments: Carrier.allCases,
    [
      #"{"error":{"code":502,"message":"Upstream"},"finish_reason":"error","message":{"content":""}}"#,
      #"{"error":{"code":502,"message":"Upstream"},"finish_reason":"stop","message":{"content":"1"}}"#,
    ])
  func anErrorInThePlaceOfAChoiceIsAFailure(carrier: Carrier, choice: String) async throws {
    let error = try await error(carrier, .choice(choice))
    #expect(error == .serverFailure(status: 502, retryAfter: nil, detail: "Upstream") && error.isRetriable)
  }

  @Test(arguments: Carrier.allCases) func whatWasPackedIsUnpacked(carrier: Carrier) async throws {
    // printf '{"choices":[{"message":{"content":"packed"}}]}' | gzip -n9 | base64
    let packed = try #require(
      Data(
        base64Encoded: "H4sIAAAAAAACA6tWSs7Iz0xOLVayiq5Wyk0tLk5MT1WyqlZKzs8rSc0rUbJSKkhMzk5NUaqtja0FAC4muV0uAAAA"))
    try await FaultServer(script: { _ in .packed(packed) }).run { server in
      let reply = try await client(carrier, server.url).complete(request)
      #expect(reply.text == "packed")
    }
  }
}
