import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

@Suite struct PreparedPromptTests {
  private let responses = ["word", "no", "another word, longer than the first", "<|im_end|>", "!"]

  private static func long() throws -> Conversation {
    try Conversation([.system("Be kind."), .user("Hello"), .assistant("Hi."), .user("And now?")])
  }

  private func expectSame(
    _ found: [RewardBreakdown], _ expected: [RewardBreakdown], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let rewards = expected.map(\.reward)
    let spread = Double((rewards.max() ?? 0) - (rewards.min() ?? 0))
    #expect(spread > 0.001, sourceLocation: sourceLocation)
    expectClose(found.map(\.reward), rewards, 1e-5, relativeTo: spread, sourceLocation: sourceLocation)
    for (a, b) in zip(found, expected) {
      #expect(a.category == b.category && a.tokenCount == b.tokenCount && a.isTruncated == b.isTruncated)
      #expect(a.routing == b.routing && a.isMixture == b.isMixture, sourceLocation: sourceLocation)
      expectClose(
        a.capabilities.map(\.reward), b.capabilities.map(\.reward), 1e-4, sourceLocation: sourceLocation)
    }
  }

  @Test(
    arguments: StatePooling.allCases.flatMap { [(nil, $0), ("code", $0)] } + [("chat", .last), ("other", .mean)]
      as [(String?, StatePooling)])
  func rewardsAreThoseOfTheWholeText(category: String?, pooling: StatePooling) throws {
    let model = try TinyModel.model {
      $0.pooling = pooling
      $0.lowerDepths = category == nil ? [1, 2] : nil
    }
    for conversation in [try Self.long(), "Say a word"] {
      let prompt = try model.prepare(conversation, category: category)
      let expected = try responses.map { try model.breakdown(of: $0, to: conversation, category: category) }
      expectSame(try model.breakdowns(of: responses, after: prompt), expected)
      expectSame(try responses.map { try model.breakdowns(of: [$0], after: prompt)[0] }, expected)
      #expect(prompt.tokenCount > 0 && prompt.byteCount > 0)
    }
  }

  @Test(arguments: StatePooling.allCases, [nil, [1], [2], [1, 2]] as [[Int]?])
  func aSharedTrunkIsKeptOnce(pooling: StatePooling, lowerDepths: [Int]?) throws {
    let model = try TinyModel.model {
      $0.pooling = pooling
      $0.lowerDepths = lowerDepths
    }
    let numbers = model.backbone.configuration
    var top = model
    for index in top.inner.indices {
      for (place, expert) in top.inner[index].experts.enumerated() {
        var expert = try #require(expert)
        expert.expert.adapter = TinyModel.adapter(
          numbers, topLayers: 1, seed: UInt64(1000 + 10 * index + place))
        try top.install(expert: expert, at: index, point: place)
      }
    }
    let prompt = try top.prepare(Self.long(), category: "code")
    let kept = try #require(prompt.caches.first?.cache)
    #expect(kept.trunk.count == numbers.layerCount - 1 && kept.experts.count == 1)
    #expect(kept.trunk[0].keys.rows == prompt.tokenCount && kept.experts[0].keys.rows == 3 * prompt.tokenCount)
    let expected = try top.breakdowns(of: responses, to: Self.long(), category: "code")
    expectSame(try top.breakdowns(of: responses, after: prompt), expected)
  }

  @Test func anUnsureRouterMixesPreparedPromptsToo() throws {
    let model = try TinyModel.model { $0.routing = .mixture(threshold: 0.999) }
    let prompt = try model.prepare(Self.long())
    #expect(prompt.caches.count == 3)
    expectSame(
      try model.breakdowns(of: responses, after: prompt), try model.breakdowns(of: responses, to: Self.long()))
  }

  /// What a whole text would lose turns for is read from the start, as `score` reads it.
  @Test func responsesThatAreTooLongForTheWholePromptLoseTurns() throws {
    let model = try TinyModel.model {
      $0.lengthPolicy = .dropOldestTurns
      $0.maximumTokens = 100
    }
    let conversation = try Conversation([
      .user("Hello there"), .assistant("Hi."), .user("How are you?"), .assistant("Fine."), .user("And now?"),
    ])
    let all = ["ok", "nothing much, and you?", "nothing much, and what about you, then, my friend?"]
    let expected = try all.map { try model.breakdown(of: $0, to: conversation) }
    #expect(Set(expected.map(\.isTruncated)) == [false, true])
    expectSame(try model.breakdowns(of: all, after: try model.prepare(conversation)), expected)
    let crowded = try Conversation(
      (0..<8).flatMap { _ in [.user("Hello there, you"), .assistant("Hi.")] } + [.user("So?")])
    let prompt = try model.prepare(crowded)
    #expect(prompt.byteCount == 0)
    expectSame(
      try model.breakdowns(of: responses, after: prompt), try model.breakdowns(of: responses, to: crowded))
  }

  /// More rows than one pass takes: the prompt is kept, and the responses go in chunks.
  @Test func manyResponsesGoInChunks() throws {
    let model = try TinyModel.model()
    let many = (0..<200).map { "word number \($0), and some more of them to fill the rows" }
    let item = try model.reader.encode("Say a word", responses: many)
    #expect(item.rowCount * 3 > 4096)
    let found = try model.breakdowns(of: many, to: "Say a word", category: "code")
    let places = [0, 1, 99, 199]
    expectSame(
      places.map { found[$0] },
      try places.map { try model.breakdown(of: many[$0], to: "Say a word", category: "code") })
  }

  @Test func whatIsWrongIsATypedError() throws {
    var model = try TinyModel.model()
    let prompt = try model.prepare(prompt: "Say a word")
    #expect(throws: ModelError.emptyInput("the response")) { try model.score("", after: prompt) }
    #expect(throws: ModelError.emptyInput("the response")) { try model.score("\t ", after: prompt) }
    #expect(throws: ModelError.emptyInput("the list of responses")) { try model.scores([], after: prompt) }
    #expect(throws: ModelError.self) { try model.score(String(repeating: "word ", count: 200), after: prompt) }
    #expect(throws: ModelError.unknownCategory("nothing")) { try model.prepare("Say a word", category: "nothing") }
    #expect(throws: ModelError.stalePrompt) { try TinyModel.model().score("word", after: prompt) }
    let copy = model
    #expect(try copy.score("word", after: prompt) == model.score("word", after: prompt))
    model.inner[0].base.head = ValueHead(Matrix(zeros: 1, model.backbone.configuration.hiddenSize))
    #expect(throws: ModelError.stalePrompt) { try model.score("word", after: prompt) }
  }

  @Test func manyTasksUseOnePromptAtOnce() async throws {
    let model = try TinyModel.model()
    let prompt = try model.prepare(Self.long())
    let expected = try model.scores(responses, after: prompt)
    let all = try await withThrowingTaskGroup(of: [Float].self) { group in
      for _ in 0..<8 { group.addTask { [responses] in try model.scores(responses, after: prompt) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(all.allSatisfy { $0 == expected })
  }
}
