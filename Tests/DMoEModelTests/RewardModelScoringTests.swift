import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

@Suite struct RewardModelScoringTests {
  private static func candidates() throws -> [Candidate] {
    let long = try Conversation([.system("Be kind."), .user("Hello"), .assistant("Hi."), .user("And now?")])
    return try [
      Candidate(prompt: "Say a word", response: "word"), Candidate(prompt: "Say a word", response: "no"),
      Candidate(prompt: "2+2?", response: "4"), Candidate(conversation: long, response: "Nothing much, and you?"),
      Candidate(prompt: "Say a word", response: "another word, longer than the first"),
      Candidate(prompt: "Q", response: "<|im_end|>"), Candidate(conversation: long, response: "!"),
    ]
  }

  private func expectSame(_ found: [Float], _ expected: [Float], sourceLocation: SourceLocation = #_sourceLocation) {
    let spread = Double((expected.max() ?? 0) - (expected.min() ?? 0))
    #expect(spread > 0.01, sourceLocation: sourceLocation)
    expectClose(found, expected, 1e-5, relativeTo: spread, sourceLocation: sourceLocation)
  }

  @Test func aScoreIsTheSameInEveryCompany() throws {
    let model = try TinyModel.model()
    let candidates = try Self.candidates()
    let alone = try candidates.map { try model.score($0.response, to: $0.conversation) }
    expectSame(try model.scores(of: candidates), alone)
    expectSame(try model.scores(of: candidates.reversed()).reversed(), alone)
    expectSame(try model.scores(of: Array(candidates[3...])), Array(alone[3...]))
    // One prompt, computed once for three responses, in any order.
    let shared = [0, 1, 4]
    expectSame(
      try model.scores(prompt: "Say a word", responses: shared.map { candidates[$0].response }),
      shared.map { alone[$0] })
    expectSame(
      try model.scores(prompt: "Say a word", responses: shared.reversed().map { candidates[$0].response }),
      shared.reversed().map { alone[$0] })
    let groups = try model.breakdowns([
      (candidates[3].conversation, ["Nothing much, and you?", "!"]), (candidates[2].conversation, ["4"]),
    ])
    expectSame(groups.joined().map(\.reward), [alone[3], alone[6], alone[2]])
  }

  @Test func concurrentTasksGetTheSameScores() async throws {
    let model = try TinyModel.model()
    let candidates = try Self.candidates()
    let alone = try candidates.map { try model.score($0.response, to: $0.conversation) }
    let all = try await withThrowingTaskGroup(of: [Float].self) { group in
      for task in 0..<8 {
        group.addTask {
          task % 2 == 0
            ? try model.scores(of: candidates)
            : try candidates.map { try model.score($0.response, to: $0.conversation) }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(all.count == 8)
    for scores in all { expectSame(scores, alone) }
  }

  @Test func backendsAndThreadsAgree() throws {
    let candidates = try Self.candidates()
    let first = try TinyModel.model()
    let expected = try first.scores(of: candidates)
    for compute in everyCompute {
      var other = try RewardModel(
        configuration: first.configuration, backbone: first.backbone, seed: 1, options: ModelFixture.options(compute))
      (other.inner, other.router) = (first.inner, first.router)
      expectSame(try other.scores(of: candidates), expected)
    }
  }

  @Test func breakdownSaysWhatMadeTheReward() throws {
    let model = try TinyModel.model()
    let conversation: Conversation = "Say a word"
    let breakdown = try model.breakdown(of: "word", to: conversation, category: "code")
    let score = try model.score("word", to: conversation, category: "code")
    #expect(breakdown.reward == score)
    #expect(breakdown.category == "code" && breakdown.routing == [0, 1, 0] && !breakdown.isMixture)
    #expect(breakdown.capabilities.map(\.point) == ["correct", "fast", "clear"])
    #expect(!breakdown.isTruncated)

    // By hand: one pass an expert over prompt and response, its own head, and the aggregator over all states.
    let encoded = try model.reader.encode(conversation, responses: ["word"])
    let ids = encoded.prompt + encoded.responses[0]
    #expect(breakdown.tokenCount == ids.count)
    let inner = model.inner[1]
    let experts = try #require(inner.completeExperts)
    let states = try experts.map { try model.backbone.hiddenState(ofLast: ids, adapter: $0.adapter) }
    let heads = zip(states, experts).map { state, expert in
      zip(state, expert.head.weight.value.elements).reduce(Float(0)) { $0 + $1.0 * $1.1 }
    }
    expectClose(breakdown.capabilities.map(\.reward), heads, 1e-5)
    let mean = heads.reduce(0, +) / 3
    let deviation = (heads.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 3).squareRoot()
    #expect(abs(breakdown.disagreement - deviation) < 1e-4 * deviation)
    let aggregator = try #require(inner.aggregator)
    let beside = Variable(constant: Matrix(row: states.flatMap { $0 }))
    let raw = aggregator(Graph(.reference), beside).value[0, 0]
    #expect(abs(breakdown.reward - (raw - 0.1) / 2) < 1e-5)
  }

  @Test func theBaseAloneGivesTheRewardUntilTheAggregatorIsThere() throws {
    var model = try TinyModel.model()
    let other = try model.breakdown(of: "word", to: "Say a word", category: "other")
    #expect(other.capabilities.isEmpty && other.disagreement == 0)
    #expect(model.isComplete(category: "chat") && !model.isComplete(category: "other"))
    #expect(!model.isComplete(category: "nothing"))
    model = model.usingBasesOnly()
    #expect(!model.isComplete(category: "chat"))
    let found = try model.breakdown(of: "word", to: "Say a word", category: "chat")
    #expect(found.capabilities.isEmpty)
    let encoded = try model.reader.encode("Say a word", responses: ["word"])
    let state = try model.backbone.hiddenState(
      ofLast: encoded.prompt + encoded.responses[0], adapter: model.inner[0].base.adapter)
    let expected = zip(state, model.inner[0].base.head.weight.value.elements).reduce(Float(0)) { $0 + $1.0 * $1.1 }
    #expect(abs(found.reward - expected) < 1e-5 * abs(expected) + 1e-6)
  }

  @Test func sameSeedSameModel() throws {
    func scores(_ seed: UInt64) throws -> [Float] {
      var model = try TinyModel.untrained(seed: seed)
      model.scoresUntrained = true
      return try ["a", "b"].map { try model.score($0, to: "Say", category: "chat") }
    }
    #expect(try scores(3) == scores(3))
    #expect(try scores(3) != scores(4))
    // No two responses tie, and no reward is large.
    let two = try scores(3)
    #expect(two[0] != two[1] && two.allSatisfy { abs($0) < 1 })
  }

  @Test func plainTemplateWorksToo() throws {
    let model = try TinyModel.model { $0.template = .plain(endToken: "<|endoftext|>") }
    let alone = try model.score(prompt: "Say", response: "word")
    expectClose(
      try model.scores(prompt: "Say", responses: ["other", "word"])[1...].map { $0 }, [alone], 1e-5)
  }

  // MARK: Errors

  @Test func nothingIsScoredInSilence() throws {
    let model = try TinyModel.model()
    #expect(throws: ModelError.emptyInput("the response")) { try model.score(prompt: "Q", response: "") }
    #expect(throws: ModelError.emptyInput("response 2 of 2")) { try model.scores(prompt: "Q", responses: ["a", ""]) }
    #expect(throws: ModelError.emptyInput("the response")) { try model.score(prompt: "Q", response: " \n") }
    #expect(throws: ModelError.self) { try model.scores(prompt: "Q", responses: []) }
    #expect(throws: DataError.emptyTurn(index: 0)) { try model.score(prompt: " ", response: "a") }
    #expect(throws: DataError.self) { try model.score(prompt: "", response: "a") }
    #expect(throws: ModelError.unknownCategory("poetry")) { try model.score("a", to: "Q", category: "poetry") }
    var broken = model
    broken.inner[2].base.head.weight.value[0, 0] = .nan
    #expect(throws: ModelError.nonFiniteReward(category: "other")) { try broken.score("a", to: "Q", category: "other") }
    broken = model
    broken.inner[2].normalization.deviation = 0
    #expect(throws: ModelError.nonFiniteReward(category: "other")) { try broken.score("a", to: "Q", category: "other") }
    #expect(try model.scores(of: []).isEmpty)
  }

  @Test func tooLongATextIsAnErrorThatSaysHowLong() throws {
    let text = String(repeating: "x y ", count: 40)
    for policy in [RewardModel.LengthPolicy.error, .dropOldestTurns] {
      // With one turn there is nothing to leave out.
      let model = try TinyModel.model {
        $0.maximumTokens = 40
        $0.lengthPolicy = policy
      }
      #expect {
        try model.score(prompt: "Q", response: text)
      } throws: { error in
        guard case ModelError.overLength(let what) = error, what.limit == 40 else { return false }
        return what.tokens > 80
      }
    }
  }

  @Test func oldestTurnsAreLeftOutAndItIsSaid() throws {
    let model = try TinyModel.model {
      $0.maximumTokens = 70
      $0.lengthPolicy = .dropOldestTurns
    }
    let whole = try Conversation([
      .system("Be kind."), .user("one two three four five six"), .assistant("seven eight nine ten"),
      .user("and?"), .assistant("so."), .user("What now?"),
    ])
    let found = try model.breakdown(of: "Nothing.", to: whole, category: "chat")
    #expect(found.isTruncated && found.tokenCount <= 70)
    // The reward is that of the conversation without as few of its oldest turns as needed.
    let fitting = try (1...4).map { whole.droppingOldestTurns($0) }.first {
      try model.reader.encode($0, responses: ["Nothing."]).isTruncated == false
    }
    let short = try model.breakdown(of: "Nothing.", to: try #require(fitting), category: "chat")
    #expect(short.tokenCount == found.tokenCount && !short.isTruncated)
    #expect(short.reward == found.reward)
    #expect(fitting?.system == "Be kind." && fitting?.turns.last?.content == "What now?")
    #expect(try model.breakdown(of: "Nothing.", to: "What now?", category: "chat").isTruncated == false)
  }

  @Test func configurationsThatContradictThemselvesAreRefused() throws {
    let edits: [(String, (inout RewardModel.Configuration) -> Void)] = [
      ("depth", { $0.depth = 4 }), ("depth", { $0.depth = 0 }), ("router.depth", { $0.router.depth = 9 }),
      ("rank", { $0.base.rank = 0 }), ("alpha", { $0.expert.alpha = .nan }), ("dropout", { $0.base.dropout = 1 }),
      ("targets", { $0.expert.targets = [] }), ("targets", { $0.expert.targets = [.query, .query] }),
      ("base.topLayers", { $0.base.topLayers = 4 }), ("maximumTokens", { $0.maximumTokens = 129 }),
      ("maximumTokens", { $0.router.maximumTokens = 0 }), ("aggregatorWidth", { $0.aggregatorWidth = 1 }),
      ("threshold", { $0.routing = .mixture(threshold: 1.5) }),
      ("router.adapter.topLayers", { $0.router.adapter = LoRAConfiguration(topLayers: 5) }),
      ("threshold", { $0.routing = .mixture(threshold: .nan) }),
      ("threshold", { $0.routing = .mixture(threshold: -1) }),
      ("threshold", { $0.routing = .fallback(threshold: 2, category: "other") }),
      ("fallback.category", { $0.routing = .fallback(threshold: 0.5, category: "none") }),
      ("lambda", { $0.combination = .uncertaintyWeighted(lambda: .infinity) }),
      ("lambda", { $0.combination = .uncertaintyWeighted(lambda: -1) }), ("joinedRank", { $0.joinedRank = -1 }),
      ("joinedRank", { $0.joinedRank = 99_999_999 }), ("rank", { $0.base.rank = 1_000_000_000_000 }),
      ("rank", { $0.expert.rank = .min }), ("alpha", { $0.base.alpha = .infinity }),
      ("dropout", { $0.base.dropout = .nan }),
      ("aggregatorWidth", { $0.aggregatorWidth = 1_000_000_000_000 }), ("depth", { $0.depth = .max }),
      ("maximumTokens", { $0.maximumTokens = .max }), ("maximumTokens", { $0.maximumTokens = 0 }),
      ("expert.topLayers", { $0.expert.topLayers = .max }),
    ]
    let backbone = try ModelFixture.backbone("llama")
    for (culprit, edit) in edits {
      #expect {
        try TinyModel.untrained(backbone: backbone, edit)
      } throws: { error in
        guard case ModelError.invalidSetting(let path, _) = error else { return false }
        return path.contains(culprit)
      }
    }
    // The template's tokens must be in the vocabulary, and there must be one.
    #expect(throws: TokenizerError.self) { try TinyModel.untrained(backbone: backbone) { $0.template = .llama3 } }
    #expect(throws: ModelError.self) { try TinyModel.untrained(backbone: ModelFixture.backbone("qwen3")) }
  }
}
