@_spi(Command) import DMoERM
import Foundation
import HTTPTypes
import Logging
import Synchronization
import Testing

@testable import DMoEServe

/// Who comes in, and what the server says of itself.
@Suite struct DoorTests {
  @Test func withKeysOnlyTheirHoldersComeIn() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder) {
      $0.keys = try? AccessKeys(text: "# mine\nopen-sesame\n\nsecond key\n")
    }
    try await fixture.test { client in
      let body = #"{"prompt": "a", "response": "b"}"#
      for headers: HTTPFields in [
        [:], [.authorization: "Bearer open-sesam"], [.authorization: "Bearer open-sesame2"],
        [.authorization: "Basic open-sesame"],
        [.authorization: "Bearer # mine"], [.authorization: "Bearer "],
      ] {
        let reply = try await client.post("/v1/rewards", body, headers: headers)
        #expect(reply.status == 401 && reply.headers[.wwwAuthenticate] == "Bearer", "\(headers)")
      }
      for key in ["open-sesame", "second key"] {
        #expect(try await client.post("/v1/rewards", body, headers: [.authorization: "Bearer \(key)"]).status == 200)
      }
      #expect(try await client.post("/classify", "{}").json["error"]?["type"]?.string == "AuthenticationError")
      #expect(try await client.get("/metrics").status == 401)
      for path in ["/health", "/health/live", "/health/ready"] { #expect(try await client.get(path).status == 200) }
    }
  }

  @Test func otherMachinesNeedAKey() throws {
    var settings = ServeSettings()
    settings.host = "0.0.0.0"
    #expect(throws: ServeError.self) { try settings.check() }
    settings.keys = try AccessKeys(["k"])
    #expect(throws: Never.self) { try settings.check() }
    #expect(throws: ServeError.self) { try AccessKeys(text: "# nothing\n\n") }
  }

  @Test func theServerSaysWhatItServes() async throws {
    let folder = try ServeFolder()
    try await ServeFixture(folder: folder).test { client in
      let entry = try #require(try await client.get("/v1/models").json["data"]?.array?.first)
      #expect(entry["id"]?.string == "tiny" && entry["categories"]?.strings == ["chat", "code"])
      #expect(entry["capabilities"]?["chat"]?.strings == ["empathy", "style"] && entry["max_tokens"]?.int == 128)
      #expect(entry["has_probabilities"]?.bool == true)
      let card = try await client.get("/v1/models/tiny/card")
      #expect(card.headers[.contentType]?.hasPrefix("text/markdown") == true && card.text.contains("# tiny"))
      #expect(try await client.get("/v1/models/other/card").status == 404)
      #expect(try await client.get("/health", headers: [.requestID: "mine-1"]).headers[.requestID] == "mine-1")
    }
  }

  @Test func metricsCountWhatWasAnswered() async throws {
    let folder = try ServeFolder()
    try await ServeFixture(folder: folder).test { client in
      _ = try await client.post("/v1/rewards", #"{"prompt": "a", "responses": ["b", " "], "category": "chat"}"#)
      _ = try await client.post("/v1/rewards", #"{"prompt": "a", "response": "c", "category": "chat"}"#)
      let text = try await client.get("/metrics").text
      for line in [
        #"dmoerm_requests_total{path="/v1/rewards",status="200"} 2"#,
        #"dmoerm_reward_count{model="tiny",category="chat"} 2"#,
        #"dmoerm_abstentions_total{model="tiny",code="empty_response"} 1"#, #"dmoerm_prompts_total{cached="true"} 1"#,
        #"dmoerm_request_seconds_count{path="/v1/rewards"} 2"#, "dmoerm_queue_responses 0",
        "# TYPE dmoerm_reward histogram",
      ] { #expect(text.contains(line + "\n"), "\(line)\n\(text)") }
    }
  }

  @Test func noLogLineHoldsATextOrAKey() async throws {
    let folder = try ServeFolder()
    let lines = LineLog()
    let source = try ServeFixture.source(try ServeFixture.model(), named: "tiny", in: folder.url)
    var settings = ServeSettings()
    settings.port = 0
    settings.keys = try AccessKeys(["very-secret"])
    let server = try RewardServer([source], settings, logger: Logger(label: "test") { _ in lines })
    try await server.test { client in
      let headers: HTTPFields = [.authorization: "Bearer very-secret"]
      _ = try await client.post("/v1/rewards", #"{"prompt": "my prompt", "response": "my response"}"#, headers: headers)
      _ = try await client.post("/v1/rewards", #"{"prompt": "my prompt", "my key": "b"}"#, headers: headers)
      _ = try await client.post("/my%20prompt", "{}", headers: headers)
    }
    // The framework's own lines are among them.
    let all = lines.text.withLock { $0 }
    let answered = all.filter { $0.hasPrefix("answered ") }
    #expect(answered.count == 3 && answered.allSatisfy { $0.contains("status=") && $0.contains("path=") }, "\(all)")
    #expect(!all.contains { $0.contains("my") || $0.contains("secret") }, "\(all)")
  }
}

/// Keeps log lines.
final class LineLog: LogHandler, Sendable {
  let text = Mutex<[String]>([])
  var metadata: Logger.Metadata {
    get { [:] }
    set {}
  }
  var logLevel: Logger.Level {
    get { .info }
    set {}
  }

  subscript(metadataKey _: String) -> Logger.Metadata.Value? {
    get { nil }
    set {}
  }

  func log(event: LogEvent) {
    let facts = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted()
    text.withLock { $0.append(([event.message.description] + facts).joined(separator: " ")) }
  }
}
