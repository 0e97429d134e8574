import DMoECore
import DMoEData
import Testing
import _TestSupport

@testable @_spi(Command) import DMoEModel

/// Several prompts read at once, and the responses to all of them.
@Suite struct SeveralPromptsTests {
  private typealias Question = (conversation: Conversation, category: String?, responses: [String])

  private static func questions() throws -> [Question] {
    [
      ("Say a word", "chat", ["word", "no", "another word, longer than the first"]),
      (
        try Conversation([.system("Be kind."), .user("Hello"), .assistant("Hi."), .user("And now?")]), nil, ["so", "!"]
      ),
      ("Write a function that adds two numbers", "code", ["def add(a, b)"]),
      ("Why?", "other", ["because", "no", "word"]), ("Say a word", "code", ["word"]), ("Why?", nil, ["because"]),
      ("Say a word", "chat", ["no", "word, then"]),
    ]
  }

  private static func attempts(
    _ model: RewardModel, _ questions: [Question]
  ) throws -> [[Result<RewardBreakdown, any Error>]] {
    let prompts = try model.prepare(questions.map { ($0.conversation, $0.category) }).map { try $0.get() }
    return try model.attempts(after: zip(prompts, questions).map { ($0, $1.responses) })
  }

  private static func expectAlike(
    _ found: [[Result<RewardBreakdown, any Error>]], _ expected: [[RewardBreakdown]],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let rewards = expected.joined().map(\.reward)
    let spread = Double((rewards.max() ?? 0) - (rewards.min() ?? 0))
    #expect(spread > 0.1 && found.map(\.count) == expected.map(\.count), sourceLocation: sourceLocation)
    let own = try found.joined().map { try $0.get() }
    expectClose(own.map(\.reward), rewards, 1e-5, relativeTo: spread, sourceLocation: sourceLocation)
    for (a, b) in zip(own, expected.joined()) {
      #expect(a.category == b.category && a.tokenCount == b.tokenCount && a.isMixture == b.isMixture)
      expectClose(a.routing, b.routing, 1e-5, sourceLocation: sourceLocation)
      expectClose(a.capabilities.map(\.reward), b.capabilities.map(\.reward), 1e-4, sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: StatePooling.allCases, [1, 0.999] as [Float])
  func rewardsAreThoseOfEachPromptAlone(pooling: StatePooling, threshold: Float) throws {
    let model = try TinyModel.model {
      $0.pooling = pooling
      if threshold < 1 { $0.routing = .mixture(threshold: threshold) }
    }
    let questions = try Self.questions()
    let expected = try questions.map { question in
      try model.breakdowns(of: question.responses, to: question.conversation, category: question.category)
    }
    try Self.expectAlike(try Self.attempts(model, questions), expected)
  }

  /// More rows than one pass takes, of prompts as of responses: both go in several passes.
  @Test func manyPromptsGoInSeveralPasses() throws {
    let model = try TinyModel.model { $0.pooling = .lastAndMean }
    let questions = (0..<64).map { number in
      (
        conversation: Conversation(stringLiteral: "Question number \(number), of some more words than one or two"),
        category: "code" as String?,
        responses: (0..<2).map { "answer number \($0) to \(number), in so many words as it takes to fill it" }
      )
    }
    let rows = try questions.reduce(0) {
      try $0 + model.reader.encode($1.conversation, responses: $1.responses).rowCount
    }
    #expect(rows > 2 * 3072)
    let expected = try questions.map { try model.breakdowns(of: $0.responses, to: $0.conversation, category: "code") }
    try Self.expectAlike(try Self.attempts(model, questions), expected)
  }

  /// Where rows are kept apart company shows in nothing, not even in the last bit.
  @Test func overStoredWeightsRewardsHaveTheSameBitsInEveryGrouping() throws {
    let options = ComputeOptions(threads: 1, precision: .stored)
    let backbone = try Backbone(contentsOf: ModelFixture.folder.url("llama/llama.q8_0.gguf"), options: options)
    let model = try TinyModel.model(backbone: backbone).running(by: options)
    let questions = try Self.questions()
    let alone = try questions.map { question in
      try model.breakdowns(
        of: question.responses, after: model.prepare(question.conversation, category: question.category))
    }
    let found = try Self.attempts(model, questions).map { try $0.map { try $0.get() } }
    #expect(found == alone)
    let backwards = try Self.attempts(model, questions.reversed()).map { try $0.map { try $0.get() } }
    #expect(backwards == alone.reversed())
    let apart = try Self.attempts(model, Array(questions[3...])).map { try $0.map { try $0.get() } }
    #expect(apart == Array(alone[3...]))
  }

  /// Equal texts of one call get equal bits by every kernel: they are read once.
  @Test func oneTextInSeveralGroupsGetsOneReward() throws {
    for options in EqualTextsInvarianceTests.options {
      let backbone = try Backbone(contentsOf: ModelFixture.folder.url("llama"), options: options)
      let model = try TinyModel.model(backbone: backbone).running(by: options)
      let questions = (0..<7).flatMap { number -> [Question] in
        let other = Conversation(stringLiteral: "question \(number)")
        return [("Say a word", "chat", ["no \(number)", "word"]), (other, "chat", ["word"])]
      }
      let found = try Self.attempts(model, questions).map { try $0.map { try $0.get().reward } }
      #expect(Set(stride(from: 0, to: found.count, by: 2).map { found[$0][1] }).count == 1, "\(options)")
    }
  }

  @Test func aResponseWithoutARewardTakesNoneWithIt() throws {
    var model = try TinyModel.model()
    model.inner[2].base.head.weight.value[0, 0] = .nan
    let long = String(repeating: "word ", count: 200)
    let found = try Self.attempts(
      model,
      [("Say a word", "chat", ["word", " ", long, "no"]), ("Why?", "other", ["because"]), ("So?", "code", ["yes"])])
    func error(_ attempt: Result<RewardBreakdown, any Error>) -> ModelError? {
      if case .failure(let error) = attempt { error as? ModelError } else { nil }
    }
    #expect(found[0].map { error($0) == nil } == [true, false, false, true])
    #expect(error(found[0][1]) == .emptyInput("the response"))
    guard case .overLength(let what)? = error(found[0][2]), case .response(2, _) = what.text else {
      Issue.record("not told as too long: \(String(describing: error(found[0][2])))")
      return
    }
    #expect(error(found[1][0]) == .nonFiniteReward(category: "other"))
    let expected = try model.scores(["word", "no"], to: "Say a word", category: "chat")
    expectClose([try found[0][0].get().reward, try found[0][3].get().reward], expected, 1e-5)
    expectClose([try found[2][0].get().reward], try model.scores(["yes"], to: "So?", category: "code"), 1e-5)
  }

  @Test func aPromptThatCannotBeReadTakesNoneWithIt() throws {
    let model = try TinyModel.model { $0.lengthPolicy = .dropOldestTurns }
    let crowded = try Conversation(
      (0..<16).flatMap { _ in [.user("Hello there, you"), .assistant("Hi.")] } + [.user("So?")])
    let found = try model.prepare([("Say", "chat"), ("Say", "poetry"), (crowded, nil), ("Why?", nil)])
    #expect(found.map { (try? $0.get()) != nil } == [true, false, true, true])
    #expect(throws: ModelError.unknownCategory("poetry")) { try found[1].get() }
    // A prompt that has to lose turns is kept by none; its responses are read from the start.
    #expect(try found[2].get().byteCount == 0)
    let rewards = try model.attempts(after: [(found[2].get(), ["so"]), (found[0].get(), ["so"])])
    expectClose(
      try rewards.map { try $0[0].get().reward },
      [try model.score("so", to: crowded), try model.score("so", to: "Say", category: "chat")], 1e-5)
    // Without a router only what names its category is routed.
    var routerless = model
    routerless.router.isTrained = false
    let some = try routerless.prepare([("Say", nil), ("Say", "chat")])
    #expect(throws: ModelError.untrainedRouter) { try some[0].get() }
    _ = try some[1].get()
  }

  @Test func memoryOfAPromptIsKnownBeforeItIsRead() throws {
    for pooling in StatePooling.allCases {
      let model = try TinyModel.model { $0.pooling = pooling }
      let all = try ["chat", "code", "other"].map { try model.prepare("Say a word", category: $0) }
      let expected = all.map(\.byteCount).max()
      #expect(model.preparedByteCount(tokens: all[0].tokenCount) == expected)
      // Nothing is kept of a prompt that leaves no room for a response.
      #expect(model.preparedByteCount(tokens: model.configuration.maximumTokens) == 0)
      let mixed = try TinyModel.model {
        $0.pooling = pooling
        $0.routing = .mixture(threshold: 0.999)
      }
      let prompt = try mixed.prepare("Say a word")
      #expect(mixed.preparedByteCount(tokens: prompt.tokenCount) == prompt.byteCount && prompt.caches.count == 3)
    }
  }

  @Test func promptsOfAnotherModelAreRefused() throws {
    let prompt = try TinyModel.model().prepare("Say a word")
    #expect(throws: ModelError.stalePrompt) { try TinyModel.model().attempts(after: [(prompt, ["word"])]) }
    #expect(try TinyModel.model().attempts(after: []).isEmpty)
  }
}
