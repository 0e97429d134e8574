import DMoEData
import DMoEModel
import DMoETrain
import Testing

@Suite struct RouterTransferTests {
  private static func prompts(
    _ category: String, like shape: String, source: String?, _ numbers: Range<Int>
  ) throws -> [CategorizedPrompt] {
    try numbers.map {
      CategorizedPrompt(
        try RankedResponses(
          id: "\(category)-\($0)", source: source, conversation: try TinyRun.conversation(shape, $0),
          responses: ["yes", "no"], ranks: [1, 2], category: category))
    }
  }

  private static func prompts() throws -> [CategorizedPrompt] {
    try ["chat", "code"].flatMap { category in
      try ["a", "b"].enumerated().flatMap { place, source in
        try prompts(category, like: category, source: source, place * 20..<place * 20 + 20)
      }
    }
  }

  @Test func aTaskIsKnownOnASourceThatWasLeftOut() throws {
    let model = try TinyRun.model()
    let prompts = try Self.prompts()
    var fitted: [Int] = []
    let found = try model.routerTransfer(prompts: prompts, training: TinyRun.configuration()) { done, total in
      #expect(total == prompts.count)
      #expect(done < total)
    } fitting: { done, total in
      fitted.append(done)
      #expect(total == 7)
    }
    #expect(fitted == Array(0..<7), "five folds, and one without each of two sources")
    #expect(found.sources.map(\.name) == ["a", "b"] && found.leftOutPrompts == 0)
    for source in found.sources {
      #expect(source.known.total == 40 && source.unseen.total == 40)
      #expect(source.known.successes >= 36 && source.unseen.successes >= 36)
      #expect(source.mostCommon.successes == 20)
    }
    #expect(found.unseen.total == 80)
    // Equal prompts count once, and nothing is drawn.
    #expect(try model.routerTransfer(prompts: prompts + prompts, training: TinyRun.configuration()) == found)
  }

  /// A source that names its prompts the other way round is not known without it.
  @Test func aSourceOfItsOwnKindIsNotKnownWithoutIt() throws {
    let turned =
      try Self.prompts("chat", like: "code", source: "c", 60..<70)
      + Self.prompts("code", like: "chat", source: "c", 60..<70)
    let found = try TinyRun.model().routerTransfer(
      prompts: Self.prompts() + turned, training: TinyRun.configuration())
    let last = try #require(found.sources.last)
    #expect(last.name == "c" && last.unseen.total == 20 && last.unseen.successes <= 2)
  }

  @Test func whatNoOtherSourceHasCannotBeJudged() throws {
    let model = try TinyRun.model()
    let alone =
      try Self.prompts("chat", like: "chat", source: "a", 0..<20)
      + Self.prompts("code", like: "code", source: "b", 0..<20)
      + Self.prompts("code", like: "code", source: nil, 20..<25)
    let found = try model.routerTransfer(prompts: alone, training: TinyRun.configuration())
    #expect(found.sources.isEmpty && found.leftOutPrompts == 45)
    // Chat has a second source now; code is judged by nothing, and still trains.
    let more = try model.routerTransfer(
      prompts: alone + Self.prompts("chat", like: "chat", source: "d", 30..<40), training: TinyRun.configuration())
    #expect(more.sources.map(\.name) == ["a", "d"] && more.leftOutPrompts == 25)
    #expect(more.sources.map(\.known.total) == [20, 10])
    #expect(try model.routerTransfer(prompts: []).sources.isEmpty)
    let single = try TinyRun.model { $0.taxonomy = .single }
    #expect(try single.routerTransfer(prompts: alone).sources.isEmpty)
  }
}
