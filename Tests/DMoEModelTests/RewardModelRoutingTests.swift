import DMoECore
import DMoEData
import Testing
import _TestSupport

@testable import DMoEModel

@Suite struct RewardModelRoutingTests {
  private static let prompts: [Conversation] = ["Say a word", "2+2?", "Write a program that sorts numbers", "Q"]

  @Test func theMostProbableCategoryGivesTheReward() throws {
    let model = try TinyModel.model()
    let decisions = try model.routes(Self.prompts)
    for (conversation, decision) in zip(Self.prompts, decisions) {
      #expect(abs(decision.probabilities.reduce(0, +) - 1) < 1e-5 && decision.probabilities.count == 3)
      let best = try #require(decision.probabilities.max())
      #expect(decision.category == TinyModel.taxonomy.categories[decision.probabilities.firstIndex(of: best) ?? 9].id)
      expectClose(try model.route(conversation).probabilities, decision.probabilities, 1e-5)
      let found = try model.breakdown(of: "word", to: conversation)
      #expect(found.category == decision.category && !found.isMixture)
      expectClose(found.routing, decision.probabilities, 1e-5)
      let given = try model.score("word", to: conversation, category: decision.category)
      expectClose([found.reward], [given], 1e-5)
    }
  }

  @Test func mixtureIsTheSumWeightedByProbabilities() throws {
    let model = try TinyModel.model { $0.routing = .mixture(threshold: 1) }
    for conversation in Self.prompts {
      let found = try model.breakdown(of: "word", to: conversation)
      let probabilities = try model.route(conversation).probabilities
      let rewards = try TinyModel.taxonomy.categories.map {
        try model.score("word", to: conversation, category: $0.id)
      }
      let expected = zip(probabilities, rewards).reduce(Float(0)) { $0 + $1.0 * $1.1 }
      #expect(found.isMixture)
      expectClose([found.reward], [expected], 1e-5, relativeTo: Double(rewards.map(abs).max() ?? 0))
      #expect(found.category == (try model.route(conversation).category))
    }
    // In one batch, where every category scores every conversation.
    let batch = try model.scores(of: Self.prompts.map { Candidate(conversation: $0, response: "word") })
    expectClose(batch, try Self.prompts.map { try model.score("word", to: $0) }, 1e-5)
  }

  @Test func aSureRouterMixesNothing() throws {
    let model = try TinyModel.model { $0.routing = .mixture(threshold: 0) }
    #expect(try Self.prompts.allSatisfy { try !model.breakdown(of: "word", to: $0).isMixture })
  }

  /// Below the threshold the category that is trained for all gives the reward, whatever the router says.
  @Test func anUnsureRouterFallsBack() throws {
    let plain = try TinyModel.model()
    let decisions = try plain.routes(Self.prompts)
    let tops = decisions.map { $0.probabilities.max() ?? 0 }.sorted()
    // Between the least and the most certain, so that some fall back.
    let threshold = (tops[0] + tops[tops.count - 1]) / 2
    for (threshold, fallen) in [(threshold, nil), (1, true), (0, false)] as [(Float, Bool?)] {
      let model = try TinyModel.model { $0.routing = .fallback(threshold: threshold, category: "other") }
      for (conversation, decision) in zip(Self.prompts, decisions) {
        let falls = fallen ?? ((decision.probabilities.max() ?? 0) < threshold)
        let category = falls ? "other" : decision.category
        let found = try model.breakdown(of: "word", to: conversation)
        #expect(found.category == category && !found.isMixture)
        #expect(found.reward == (try plain.score("word", to: conversation, category: category)))
        // What the router says stays what it says.
        expectClose(found.routing, decision.probabilities, 1e-5)
        #expect(try model.route(conversation).category == decision.category)
        expectClose(try model.scores(["word"], after: model.prepare(conversation)), [found.reward], 1e-5)
      }
    }
  }

  @Test func aCategoryToFallBackOnHasToBeThereAndTrained() throws {
    let error = #expect(throws: ModelError.self) {
      try TinyModel.model { $0.routing = .fallback(threshold: 0.5, category: "elsewhere") }
    }
    #expect(error.map { "\($0)" }?.contains("routing.fallback.category") ?? false)
    // A single category has nothing to fall back from, whatever it is called.
    _ = try TinyModel.untrained {
      $0.taxonomy = .single
      $0.routing = .fallback(threshold: 0.5, category: "elsewhere")
    }
    var model = try TinyModel.model { $0.routing = .fallback(threshold: 1, category: "other") }
    model.inner[2] = try TinyModel.untrained().inner[2]
    for conversation in Self.prompts {
      let found = try model.breakdown(of: "word", to: conversation)
      let choice = try model.route(conversation).category
      #expect(found.category == choice && choice != "other")
    }
    let policy = RewardModel.RoutingPolicy.fallback(threshold: 0.5, category: "general")
    let whole = try policy.taxonomy(completing: TinyModel.taxonomy)
    #expect(whole.categories.map(\.id) == ["chat", "code", "other", "general"])
    #expect(try policy.taxonomy(completing: whole) == whole)
    #expect(try RewardModel.RoutingPolicy.top1.taxonomy(completing: TinyModel.taxonomy) == TinyModel.taxonomy)
  }

  /// A rule given to a finished model is the rule of a model that was made with it.
  @Test func theRuleOfAFinishedModelCanBeChanged() throws {
    let plain = try TinyModel.model()
    let mixed = RewardModel.RoutingPolicy.mixture(threshold: 1)
    for policy in [mixed, .fallback(threshold: 1, category: "other"), .top1] {
      let made = try TinyModel.model { $0.routing = policy }
      let changed = try plain.routing(by: policy)
      #expect(changed.configuration == made.configuration)
      for conversation in Self.prompts {
        #expect(try changed.score("word", to: conversation) == made.score("word", to: conversation))
      }
    }
    #expect(try plain.routing(by: mixed).routing(by: .top1).configuration == plain.configuration)
    #expect(throws: ModelError.self) { try plain.routing(by: .fallback(threshold: 0.5, category: "elsewhere")) }
    #expect(throws: ModelError.self) { try plain.routing(by: .mixture(threshold: .nan)) }
    var partial = plain
    partial.inner[2] = try TinyModel.untrained().inner[2]
    let error = #expect(throws: ModelError.self) {
      try partial.routing(by: .fallback(threshold: 1, category: "other"))
    }
    #expect(error.map { "\($0)" }?.contains("other") ?? false)
    // What was prepared by one rule is not answered by another.
    let prepared = try plain.prepare(Self.prompts[0])
    let careful = try plain.routing(by: .fallback(threshold: 1, category: "other"))
    #expect(throws: ModelError.self) { try careful.scores(["word"], after: prepared) }
  }

  @Test func theRouterReadsTheUsersTurnsAlone() throws {
    let model = try TinyModel.model()
    func probabilities(_ turns: [Message]) throws -> [Float] { try model.route(Conversation(turns)).probabilities }
    let plain = try probabilities([.user("Hello"), .assistant("Hi."), .user("And now?")])
    #expect(plain == (try probabilities([.system("X"), .user("Hello"), .assistant("Other."), .user("And now?")])))
    #expect(plain != (try probabilities([.user("Goodbye"), .assistant("Hi."), .user("And now?")])))
  }

  @Test(arguments: StatePooling.allCases.filter { !$0.readsResponses }, [nil, 1] as [Int?])
  func featuresPoolTheStatesOfTheirOwnText(pooling: StatePooling, depth: Int?) throws {
    var model = try TinyModel.model {
      $0.router = RouterConfiguration(
        pooling: pooling, depth: depth, adapter: LoRAConfiguration(rank: 2), maximumTokens: 9)
    }
    model.router.adapter = TinyModel.adapter(model.backbone.configuration, seed: 31)
    let texts = try Self.prompts.map { try model.reader.encodeUserTurns(of: $0, limit: 9) }
    #expect(texts.allSatisfy { $0.count <= 9 } && texts.contains { $0.count == 9 })
    let features = try model.router.features(Graph(.reference), of: texts, model.reader).value
    for (index, text) in texts.enumerated() {
      var layout = RowLayout()
      _ = layout.append(count: text.count)
      let x = model.backbone.run(
        Graph(.reference), Variable(constant: try model.backbone.embed(text)), layout, layers: 0..<(depth ?? 3),
        adapters: [AdapterSpan(rows: 0..<text.count, adapter: try #require(model.router.adapter))])
      let states = model.backbone.normalize(Graph(.reference), x).value
      let last = states.row(text.count - 1)
      let mean = (0..<states.columns).map { c in
        (0..<states.rows).reduce(Float(0)) { $0 + states[$1, c] } / Float(states.rows)
      }
      let expected =
        switch pooling {
        case .last: last
        case .mean: mean
        case .lastAndMean: last + mean
        case .response, .lastAndResponse: [Float]()
        }
      expectClose(features.row(index), expected, 1e-5)
    }
  }

  @Test func aRouterReadsNoResponse() {
    for pooling in StatePooling.allCases where pooling.readsResponses {
      let error = #expect(throws: ModelError.self) {
        try RewardModel.Configuration { $0.router.pooling = pooling }.validate()
      }
      #expect(error.map { "\($0)" }?.contains("router.pooling") ?? false)
    }
  }

  @Test func oneCategoryNeedsNoRouter() throws {
    let model = try TinyModel.untrained { $0.taxonomy = .single }
    #expect(try model.route("anything") == RoutingDecision(category: "general", probabilities: [1]))
  }

  @Test func anUntrainedRouterIsIndifferent() throws {
    expectClose(try TinyModel.untrained().route("Q").probabilities, [Float](repeating: 1 / 3, count: 3), 1e-6)
  }

  @Test func chunksHoldAtMostTheLimitUnlessOneItemIsLarger() {
    #expect(StateReader.chunks([3, 3, 3, 9, 1, 1], limit: 6) == [0..<2, 2..<3, 3..<4, 4..<6])
    #expect(StateReader.chunks([], limit: 6).isEmpty)
    #expect(StateReader.chunks([1, 2], limit: 100) == [0..<2])
    #expect(StateReader.chunks([3, 3, 3, 9, 1, 1, 1], limit: 6, count: 2) == [0..<2, 2..<3, 3..<4, 4..<6, 6..<7])
  }

  @Test func softmaxOfLargeNumbersIsFinite() {
    expectClose(([1000, 1000, -1000] as [Float]).softmax, [0.5, 0.5, 0], 1e-6)
    #expect(([] as [Float]).softmax.isEmpty)
  }
}
