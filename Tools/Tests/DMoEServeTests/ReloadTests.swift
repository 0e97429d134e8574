@_spi(Command) import DMoERM
import Foundation
import Testing

@testable import DMoEServe

@Suite struct ReloadTests {
  private static let body = #"{"prompt": "Hi", "responses": ["word", "no"], "category": "chat"}"#

  @Test func requestsThatCameBeforeEndOnTheOldWeights() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    let old = fixture.model
    let new = try ServeFixture.model(seed: 8)
    let service = fixture.server.service
    try await fixture.test { client in
      let worker = HeldWorker(service.queue)
      async let waiting = client.post("/v1/rewards", Self.body)
      while service.queue.waitingResponses < 2 { await Task.yield() }
      try new.write(to: folder.url.appendingPathComponent("tiny.dmoerm"))
      service.registry.install(try service.registry.readAgain("tiny"))
      worker.release()
      let before = try await waiting.json["results"]?.array?.first?["rewards"]?.numbers ?? []
      #expect(agree(before, try old.scores(["word", "no"], to: "Hi", category: "chat")))
      let after = try await client.post("/v1/rewards", Self.body).json
      #expect(
        agree(
          after["results"]?.array?.first?["rewards"]?.numbers ?? [],
          try new.scores(["word", "no"], to: "Hi", category: "chat")))
    }
  }

  @Test func aReloadSaysWhichCategoriesKeptTheirBits() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    try await fixture.test { client in
      let same = try await client.post("/v1/models/tiny/reload", "")
      #expect(same.status == 200, "\(same.text)")
      #expect(same.json["categories"]?.array?.compactMap { $0["kept"]?.bool } == [true, true])
      try ServeFixture.model(seed: 9).write(to: folder.url.appendingPathComponent("tiny.dmoerm"))
      let refused = try await client.post("/v1/models/tiny/reload", #"{"replaces": ["code"]}"#)
      #expect(refused.status == 409 && refused.json["error"]?["code"]?.string == "conflict", "\(refused.text)")
      for wrong in [#"{"replace": ["code"]}"#, #"["code"]"#, #"{"replaces": null}"#] {
        let reply = try await client.post("/v1/models/tiny/reload", wrong)
        #expect(reply.status == 400, "\(wrong): \(reply.text)")
      }
      let taken = try await client.post("/v1/models/tiny/reload", "{}")
      #expect(
        taken.status == 200 && taken.json["categories"]?.array?.compactMap { $0["kept"]?.bool } == [false, false])
      try FileManager.default.removeItem(at: folder.url.appendingPathComponent("tiny.dmoerm/dmoerm.json"))
      #expect(try await client.post("/v1/models/tiny/reload", "{}").status >= 400)
      #expect(try await client.post("/v1/rewards", Self.body).status == 200)
    }
  }
}
