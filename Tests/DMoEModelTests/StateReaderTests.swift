import DMoECore
import DMoEData
import Testing
import _TestSupport

@testable import DMoEModel

@Suite struct StateReaderTests {
  private static let conversation = Conversation.checked([
    .user("Hello there"), .assistant("Hi."), .user("How are you?"), .assistant("Fine."), .user("And now?"),
  ])

  // MARK: Encoding

  /// Long ones lose turns, short ones do not: no response is lost on the way, and none changes places.
  @Test func responsesThatKeepDifferentTurnsComeBackInTheirOrder() throws {
    let model = try TinyModel.model {
      $0.lengthPolicy = .dropOldestTurns
      $0.maximumTokens = 100
    }
    let all = [
      "nothing much, and what about you, then, my friend?", "ok", "nothing much, and you?", "ok",
      "nothing much, and what about you, then, my fiend?",
    ]
    let group = try model.reader.encodeApart(Self.conversation, responses: all)
    #expect(group.places.count == all.count && Set(group.parts.map(\.isTruncated)) == [false, true])
    for (response, place) in zip(all, group.places) {
      let alone = try model.reader.encode(Self.conversation, responses: [response])
      #expect(group.parts[place.part].prompt == alone.prompt)
      #expect(group.parts[place.part].responses[place.response] == alone.responses[0])
    }
    let found = try model.breakdowns([("2+2?", ["4"]), (Self.conversation, all), ("Q", ["A", "B"])])
    #expect(found.map(\.count) == [1, 5, 2])
    for (response, breakdown) in zip(all, found[1]) {
      let alone = try model.breakdown(of: response, to: Self.conversation)
      #expect(breakdown.tokenCount == alone.tokenCount && breakdown.isTruncated == alone.isTruncated)
      expectClose([breakdown.reward], [alone.reward], 1e-5)
    }
  }

  @Test(arguments: [RewardModel.LengthPolicy.error, .dropOldestTurns])
  func anOverLengthErrorSaysWhichResponse(policy: RewardModel.LengthPolicy) throws {
    let model = try TinyModel.model {
      $0.lengthPolicy = policy
      $0.maximumTokens = 60
    }
    let long = String(repeating: "x y ", count: 40)
    let ids = try model.reader.encode("Q", responses: ["a"])
    let own = try model.reader.responseIDs([long])[0].count
    func what(_ body: () throws -> Void) -> OverLength? {
      do {
        try body()
        return nil
      } catch ModelError.overLength(let what) { return what } catch { return nil }
    }
    let second = OverLength(
      text: .response(1, tokens: own), tokens: ids.prompt.count + own, limit: 60)
    #expect(what { _ = try model.scores(prompt: "Q", responses: ["a", long, long]) } == second)
    #expect(what { _ = try model.reader.encode("Q", responses: ["a", long]) } == second)
    #expect(what { _ = try model.scores(["a", long], after: model.prepare("Q")) } == second)
    #expect(
      second.description
        == "response 1 has \(own) tokens, and \(second.tokens) with its conversation; the limit is 60")
    var ofThird = second
    ofThird.text = .response(0, tokens: own)
    ofThird.conversation = 2
    let candidates = try ["a", "b", long].map { try Candidate(prompt: "Q", response: $0) }
    #expect(what { _ = try model.scores(of: candidates) } == ofThird)
    #expect(ofThird.description.hasPrefix("response 0 to conversation 2 has"))
    // A conversation that leaves no room is no response's fault.
    let crowded = try Conversation(prompt: String(repeating: "x y ", count: 40))
    let alone = try #require(what { _ = try model.score("a", to: crowded) })
    #expect(alone.text == .conversation && alone.tokens >= 60)
    #expect(alone.description.hasPrefix("the conversation alone has \(alone.tokens) tokens"))
  }

  // MARK: States

  /// However texts are laid out, and whether or not the prompt's keys and values are kept.
  @Test(arguments: StatePooling.allCases, [nil, 1] as [Int?])
  func aPromptsEndIsTheStateOfItsLastToken(pooling: StatePooling, topLayers: Int?) throws {
    let reader = try TinyModel.model { $0.pooling = pooling }.reader
    let adapters = [40, 80].map { TinyModel.adapter(reader.backbone.configuration, topLayers: topLayers, seed: $0) }
    let query = StateQuery(experts: adapters, readsPromptEnd: true)
    let items = [
      try reader.encode("Say a word", responses: ["word", "no"]), try reader.encode("2+2?", responses: ["4"]),
    ]
    let found = try reader.read(items, query, cache: nil)
    let plain = try reader.read(items, StateQuery(experts: adapters), cache: nil)
    #expect(found.places == [[0, 1], [2]] && plain.blocks[0].promptEnds == nil)
    expectClose(found.blocks[0].states, plain.blocks[0].states, 1e-5)
    let ends = try #require(found.blocks[0].promptEnds)
    for (text, item) in [0, 0, 1].enumerated() {
      let expected = try reader.backbone.hiddenState(ofLast: items[item].prompt, adapter: adapters[0])
      expectClose(ends.row(text), expected, 1e-5, "text \(text)")
    }
    let kept = try reader.read([
      Continuations(prompt: reader.keep(items[0].prompt, query), responses: items[0].responses)
    ])
    expectClose(try #require(kept.blocks[0].promptEnds), ends.rows(0..<2), 1e-5)
    expectClose(kept.blocks[0].states.rows(0..<2), plain.blocks[0].states.rows(0..<2), 1e-5)
    // Both prompts at once.
    let caches = try reader.keep(items.map(\.prompt), query)
    #expect(caches.map(\.tokenCount) == items.map(\.prompt.count))
    let both = try reader.read(zip(caches, items).map { Continuations(prompt: $0, responses: $1.responses) })
    #expect(both.places == found.places)
    expectClose(try #require(both.blocks[0].promptEnds), ends, 1e-5)
    expectClose(both.blocks[0].states, plain.blocks[0].states, 1e-5)
  }

  @Test func aTextIsReadOnceHoweverOftenItIsThere() throws {
    let model = try TinyModel.model()
    let items = try [["word", "no", "word"], ["no"], ["word"]].map { try model.reader.encode("Say", responses: $0) }
    let found = try model.reader.read(items, model.inner[0].query, cache: nil)
    #expect(found.places == [[0, 1, 0], [1], [0]])
    #expect(found.blocks.reduce(0) { $0 + $1.states.rows } == 2 * 2)
  }

  @Test func anotherReaderIsNotTheModels() throws {
    let model = try TinyModel.untrained()
    #expect(model.reader.reads(as: model.configuration))
    for edit: (inout RewardModel.Configuration) -> Void in [
      { $0.pooling = .mean }, { $0.lowerDepths = [1] }, { $0.depth = 2 }, { $0.maximumTokens = 9 },
      { $0.lengthPolicy = .dropOldestTurns },
      { $0.template = .plain(endToken: "<|im_end|>") },
    ] {
      #expect(!model.reader.reads(as: TinyModel.configuration(edit)))
    }
  }
}

extension Conversation {
  /// A conversation whose turns the test has chosen well.
  fileprivate static func checked(_ turns: [Message]) -> Conversation {
    do { return try Conversation(turns) } catch { preconditionFailure("\(error)") }
  }
}
