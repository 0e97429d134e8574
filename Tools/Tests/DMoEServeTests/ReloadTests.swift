@_spi(Command) import DMoERM
import Dispatch
import Foundation
import Logging
import Synchronization
import Testing

@testable import DMoEServe

@Suite(.endsSomeday) struct ReloadTests {
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
      try await until { service.queue.waitingResponses >= 2 }
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

  /// Puts a file or folder of another model's bundle into the served one.
  private static func replace(_ name: String, by model: RewardModel, in folder: ServeFolder) throws {
    let other = folder.url.appendingPathComponent("other.dmoerm")
    try model.write(to: other)
    let place = folder.url.appendingPathComponent("tiny.dmoerm").appendingPathComponent(name)
    try FileManager.default.removeItem(at: place)
    try FileManager.default.copyItem(at: other.appendingPathComponent(name), to: place)
  }

  private static func kept(_ reply: Reply, _ key: String) -> [String: Bool] {
    let parts = reply.json[key]?.array ?? []
    return Dictionary(
      uniqueKeysWithValues: parts.compactMap { part in part["id"]?.string.map { ($0, part["kept"]?.bool ?? false) } })
  }

  @Test func oneTaskThatIsReplacedLeavesAllElseToTheBit() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    try await fixture.test { client in
      try Self.replace("code", by: try ServeFixture.model(seed: 9), in: folder)
      let refused = try await client.post("/v1/models/tiny/reload", #"{"replaces": ["chat"]}"#)
      #expect(refused.status == 409 && refused.text.contains("so would code"), "\(refused.text)")
      let taken = try await client.post("/v1/models/tiny/reload", #"{"replaces": ["code"]}"#)
      #expect(taken.status == 200 && Self.kept(taken, "categories") == ["chat": true, "code": false], "\(taken.text)")
      #expect(Self.kept(taken, "shared") == ["router": true, "temperature": true, "reading": true])
    }
  }

  @Test func aChangedRouterAndTemperatureAreToldByName() async throws {
    let folder = try ServeFolder()
    let fixture = try ServeFixture(folder: folder)
    try await fixture.test { client in
      try Self.replace("router.safetensors", by: try ServeFixture.model(seed: 9), in: folder)
      let refused = try await client.post("/v1/models/tiny/reload", #"{"replaces": ["chat", "code"]}"#)
      #expect(refused.status == 409 && refused.text.contains("so would router"), "\(refused.text)")
      let taken = try await client.post("/v1/models/tiny/reload", #"{"replaces": ["router"]}"#)
      #expect(taken.status == 200 && Self.kept(taken, "categories") == ["chat": true, "code": true], "\(taken.text)")
      #expect(Self.kept(taken, "shared") == ["router": false, "temperature": true, "reading": true])
      var cooler = try ServeFixture.model { $0.maximumTokens = 127 }
      cooler.temperature = 3
      try cooler.write(to: folder.url.appendingPathComponent("tiny.dmoerm"))
      let both = try await client.post("/v1/models/tiny/reload", #"{"replaces": ["router"]}"#)
      #expect(both.status == 409 && both.text.contains("so would temperature, reading"), "\(both.text)")
      #expect(try await client.post("/v1/models/tiny/reload", "").status == 200)
    }
  }

  /// A signal that comes while bundles are read is heeded when they are: once, however many came.
  @Test func aReloadDuringAReloadIsDoneAfterIt() async throws {
    let folder = try ServeFolder()
    let gate = Gate()
    let loads = Count()
    let bundle = try ServeFixture.source(try ServeFixture.model(), named: "tiny", in: folder.url)
    let source = ModelSource(name: "tiny", bundle: bundle.bundle) { loaded in
      loads.add()
      gate.pass()
      return try bundle.load(loaded)
    }
    var settings = ServeSettings()
    settings.port = 0
    gate.open()
    let server = try RewardServer([source], settings, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    gate.close()
    let first = Task { await server.reload() }
    try await until { loads.value >= 2 }
    // They return at once: what they ask for is done by the first.
    await server.reload()
    await server.reload()
    #expect(loads.value == 2)
    gate.open()
    await first.value
    #expect(loads.value == 3)
    await server.reload()
    #expect(loads.value == 4)
  }
}

/// Counts, from any thread.
private final class Count: Sendable {
  private let count = Atomic(0)
  var value: Int { count.load(ordering: .relaxed) }
  func add() { count.add(1, ordering: .relaxed) }
}

/// Lets through, or holds back until it is opened.
private final class Gate: Sendable {
  private let isOpen = Mutex(false)
  private let opened = DispatchSemaphore(value: 0)

  func pass() {
    guard !isOpen.withLock({ $0 }) else { return }
    opened.wait()
    opened.signal()
  }

  func open() {
    isOpen.withLock { $0 = true }
    opened.signal()
  }

  func close() {
    isOpen.withLock { $0 = false }
    opened.wait()
  }
}
