import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@testable @_spi(Command) import DMoEModel

/// LongRoPE: a text that is longer than the original context is turned by other factors, from its first token on, so that it
/// cannot share a prompt with a shorter one.
@Suite struct LongTextTests {
  @Test(arguments: ["phi3", "phi3/phi3.f32.gguf"])
  func statesAroundTheOriginalContextAreThoseOfTransformers(path: String) throws {
    let backbone = try ModelFixture.backbone(path)
    #expect(backbone.configuration.contextLength == 128 && backbone.configuration.originalContext == 64)
    let expected = try ModelFixture.expected("phi3/long.json")
    #expect(expected.sequences.map(\.ids.count) == [64, 65, 110])
    try ModelFixture.check(backbone, expected, path)
  }

  @Test func otherBackbonesTurnAllTextsAlike() throws {
    let configuration = try ModelFixture.backbone("qwen3-yarn").configuration
    #expect(configuration.originalContext == nil && !configuration.isLong(1_000_000))
  }

  /// A prompt that leaves some responses below the limit and takes others over it.
  private static let conversation = "one two three four"
  private static let responses = [
    "yes", "no, it is a very long answer that goes on and on and on", "so",
    "another answer of words, words, words and words",
    "no",
  ]

  private static func withModel(_ body: (RewardModel, [Float]) throws -> Void) throws {
    try FamilyClassifierTests.withModel("phi3") { model, _ in
      let conversation = try Conversation(prompt: Self.conversation)
      let alone = try responses.map { try model.score($0, to: conversation) }
      let limit = try #require(model.backbone.configuration.originalContext)
      let lengths = try responses.map { try model.breakdown(of: $0, to: conversation).tokenCount }
      #expect(lengths.map { $0 > limit } == [false, true, false, true, false], "\(lengths)")
      try body(model, alone)
    }
  }

  /// One reward does not depend on its siblings.
  @Test func rewardsOfShortAndLongTextsTogetherAreThoseOfEachAlone() throws {
    try Self.withModel { model, alone in
      let conversation = try Conversation(prompt: Self.conversation)
      expectClose(try model.scores(Self.responses, to: conversation), alone, 1e-5)
      let prompt = try model.prepare(conversation)
      expectClose(try model.scores(Self.responses, after: prompt), alone, 1e-5)
      expectClose(try Self.responses.map { try model.score($0, after: prompt) }, alone, 1e-5)
      // Beside a prompt that is long itself.
      let long = try Conversation(prompt: String(repeating: "one two three four, ", count: 6))
      let both = try model.prepare([(long, nil), (conversation, nil)]).map { try $0.get() }
      let found = try model.attempts(after: [(both[0], ["so", "yes"]), (both[1], Self.responses)])
      expectClose(
        try found.joined().map { try $0.get().reward }, try model.scores(["so", "yes"], to: long) + alone, 1e-5)
    }
  }

  /// So many responses that the prompt is kept: once for each way of turning.
  @Test func keptPromptsAreThoseOfTheirTexts() throws {
    try Self.withModel { model, _ in
      let conversation = try Conversation(prompt: Self.conversation)
      let many = (0..<220).map { $0.isMultiple(of: 3) ? "yes \($0)" : "no, it goes on and on and on, number \($0)" }
      let alone = try many.map { try model.score($0, to: conversation) }
      expectClose(try model.scores(many, to: conversation), alone, 1e-5)
    }
  }

  /// Long texts turned as short ones would give others.
  @Test func theLimitShows() throws {
    let backbone = try ModelFixture.backbone("phi3")
    let text = try #require(try ModelFixture.expected("phi3/long.json").sequences.last)
    var layout = RowLayout()
    _ = layout.append(count: 40)
    func state(_ textLength: Int?) throws -> [Double] {
      let graph = Graph(.reference)
      let x = Variable(constant: try backbone.embed(Array(text.ids.prefix(40))))
      return backbone.run(graph, x, layout, layers: 0..<backbone.layers.count, textLength: textLength).value.elements
        .map(Double.init)
    }
    let short = try state(nil)
    #expect(try state(64) == short)
    #expect(relativeDifference(try state(65), short) > 1e-3)
  }

  @Test func aPromptIsLaidOutForEachSideOfTheLimit() {
    let item = EncodedResponses(prompt: [1, 2, 3], responses: [[4], [5, 6, 7], [8]])
    let batch = TokenBatch([item], apartAt: 5)
    #expect(batch.ids == [1, 2, 3, 4, 1, 2, 3, 5, 6, 7, 8])
    #expect(batch.promptEnds == [2, 6, 2] && batch.responseStarts == [3, 7, 10])
    #expect(batch.layout.lastRows == [3, 9, 10])
    #expect(batch.layout.longestTexts == [4, 4, 4, 4, 6, 6, 6, 6, 6, 6, 4])
    #expect(TokenBatch([item]).ids == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(TokenBatch([item], apartAt: 6).ids == TokenBatch([item]).ids)
  }
}
