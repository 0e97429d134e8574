import DMoECore
import DMoEData
import DMoEModel
import Foundation
import Testing
import _TestSupport

@testable import DMoEPolicy

/// Where texts end, how they are told, and what is refused.
@Suite struct GenerationTests {
  private let model: LanguageModel

  init() throws { model = try PolicyFixture.model("llama") }

  private let prompt: [Int32] = [60, 61, 62]

  private func greedy(_ edit: (inout GenerationOptions) -> Void = { _ in }) -> GenerationOptions {
    var options = PolicyFixture.greedyOptions(24)
    edit(&options)
    return options
  }

  @Test func aStopTokenEndsATextAndIsItsLast() throws {
    let whole = try model.generate(ids: [prompt], options: greedy())[0][0]
    let stop = whole.ids[4]
    let cut = try model.generate(ids: [prompt], options: greedy { $0.stopTokens = [stop] })[0][0]
    let end = try #require(whole.ids.firstIndex(of: stop))
    #expect(cut.ids == Array(whole.ids[...end]) && cut.finishReason == .stopToken)
    #expect(whole.finishReason == .length && whole.ids.count == 24)
  }

  @Test func rowsEndOnTheirOwnAndOthersGoOn() throws {
    let prompts = (0..<7).map { [Int32](repeating: Int32($0 + 60), count: $0 + 1) }
    let whole = try model.generate(ids: prompts, options: greedy())
    // Tokens that some of the texts have early, some late, some never.
    let stops = Set(whole.flatMap { $0[0].ids.prefix(3) }.prefix(4))
    for concurrency in [1, 2, 64] {
      let cut = try model.generate(
        ids: prompts, options: greedy { ($0.stopTokens, $0.concurrency) = (stops, concurrency) })
      #expect(Set(cut.map { $0[0].ids.count }).count > 1)
      for (cut, whole) in zip(cut, whole) {
        let end = whole[0].ids.firstIndex { stops.contains($0) } ?? whole[0].ids.count - 1
        #expect(cut[0].ids == Array(whole[0].ids[...end]))
      }
    }
  }

  @Test func aStopStringEndsATextBeforeIt() throws {
    let whole = try model.generate(ids: [prompt], options: greedy())[0][0]
    let text = Array(whole.text)
    try #require(text.count > 8)
    let stop = String(text[5..<8])
    let before = try #require(whole.text.range(of: stop))
    let cut = try model.generate(ids: [prompt], options: greedy { $0.stopStrings = ["\u{0}no", stop] })[0][0]
    #expect(cut.text == String(whole.text[..<before.lowerBound]) && cut.finishReason == .stopString)
    #expect(cut.tokens == Array(whole.tokens.prefix(cut.tokens.count)) && cut.tokens.count < whole.tokens.count)
  }

  @Test func theContextEndsAText() throws {
    let limit = model.backbone.configuration.contextLength
    let long = (0..<limit - 2).map { Int32($0 % 200) }
    let text = try model.generate(ids: [long], options: greedy())[0][0]
    #expect(text.tokens.count == 2 && text.finishReason == .context)
    #expect(throws: ModelError.self) {
      try model.generate(ids: [(0..<limit).map { Int32($0 % 200) }], options: greedy())
    }
  }

  @Test func theDefaultStopsAreTheTemplatesEndAndTheTokenizers() throws {
    let tokenizer = try #require(model.backbone.tokenizer)
    let end = try #require(tokenizer.tokenID(of: "<|im_end|>"))
    #expect(model.stopTokens.contains(end))
    #expect(model.template?.endToken == "<|im_end|>")
    #expect(try PolicyFixture.model("mistral").stopTokens.isEmpty)
  }

  @Test func aConversationIsReadWithTheHeaderOfTheAnswer() throws {
    let ids = try model.promptIDs("Say a word")
    let tokenizer = try #require(model.backbone.tokenizer)
    #expect(
      ids == tokenizer.encode("<|im_start|>user\nSay a word<|im_end|>\n<|im_start|>assistant\n")
        || tokenizer.decode(ids).hasSuffix("assistant\n"))
    let texts = try model.generate("Say a word", count: 2, options: greedy { $0.maximumTokens = 4 })
    #expect(texts.count == 2 && texts[0].ids == texts[1].ids)
  }

  @Test func aWholeTemplateKeepsAllOfTheHeader() throws {
    let tokenizer = try #require(model.backbone.tokenizer)
    var template = ConversationTemplate.chatML
    template.tokenization = .whole
    let turns = [(role: "user", content: "Say")]
    let ids = try template.generationPromptIDs(turns: turns, tokenizer: tokenizer)
    #expect(tokenizer.decode(ids).hasSuffix("assistant\n"))
    #expect(try template.promptIDs(turns: turns, tokenizer: tokenizer).count < ids.count)
  }

  @Test func aStreamTellsWhatABatchWrites() async throws {
    let options = GenerationOptions(
      maximumTokens: 16, sampling: Sampling(temperature: 1.3), seed: 5, stopTokens: [32, 101],
      stopStrings: ["e", "\u{85}a"],
      concurrency: 2)
    let prompts = [prompt, [70, 3]]
    let batch = try model.generate(ids: prompts, count: 3, options: options)
    var texts = batch.map { $0.map { _ in "" } }
    var tokens = batch.map { $0.map { _ in [Completion.Token]() } }
    var ended = 0
    for try await event in try model.stream(ids: prompts, count: 3, options: options) {
      texts[event.prompt][event.sample] += event.text
      tokens[event.prompt][event.sample].append(event.token)
      guard let completion = event.completion else { continue }
      ended += 1
      #expect(completion == batch[event.prompt][event.sample])
    }
    #expect(ended == 6)
    #expect(texts == batch.map { $0.map(\.text) } && tokens == batch.map { $0.map(\.tokens) })
  }

  @Test func aStreamThatIsLeftStops() async throws {
    var count = 0
    for try await _ in try model.stream(ids: [prompt], options: greedy()) {
      count += 1
      if count == 3 { break }
    }
    #expect(count == 3)
    let stream = try model.stream(ids: [prompt], options: greedy())
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      for try await _ in stream {}
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func piecesAreWholeCharactersAndTheText() throws {
    let tokenizer = try #require(model.backbone.tokenizer)
    let text = "Grüße, 世界 👩‍👩‍👧 – naïve e\u{301}\n end"
    let ids = tokenizer.encode(text)
    #expect(ids.count > text.count)
    var assembler = TextAssembler(tokenizer, stops: [])
    var pieces: [String] = []
    for (place, id) in ids.enumerated() {
      _ = assembler.append(id)
      pieces.append(assembler.piece(isLast: place == ids.count - 1))
    }
    #expect(pieces.joined() == text && assembler.text == text)
    #expect(pieces.allSatisfy { !$0.contains("\u{FFFD}") })
    // Cut in the middle of a character, the rest shows as what cannot be read.
    var broken = TextAssembler(tokenizer, stops: [])
    let cut = tokenizer.encode("a世").dropLast()
    for id in cut { _ = broken.append(id) }
    #expect(broken.text == "a" && broken.finish() == false)
    #expect(broken.text == tokenizer.decode(cut))
  }

  @Test func whatCouldBeginAStopStringIsHeldBack() throws {
    let tokenizer = try #require(model.backbone.tokenizer)
    var assembler = TextAssembler(tokenizer, stops: ["###END"])
    var shown = ""
    for id in tokenizer.encode("one ##two ###EN") {
      #expect(!assembler.append(id))
      shown += assembler.piece(isLast: false)
    }
    #expect(shown == "one ##two ")
    let last = tokenizer.encode("D").map { assembler.append($0) }
    #expect(last == [true] && assembler.text == "one ##two " && assembler.piece(isLast: true) == "")
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    #expect(throws: ModelError.emptyInput("prompt 1")) { try model.generate(ids: [[1], []]) }
    #expect(throws: ModelError.invalidToken(id: 288, vocabularySize: 288)) { try model.generate(ids: [[288]]) }
    #expect(throws: ModelError.invalidToken(id: -1, vocabularySize: 288)) { try model.generate(ids: [[-1]]) }
    let wrong: [(inout GenerationOptions) -> Void] = [
      { $0.maximumTokens = 0 }, { $0.concurrency = 0 }, { $0.firstSample = -1 }, { $0.stopStrings = [""] },
      { $0.sampling.temperature = 0 }, { $0.sampling.temperature = .nan }, { $0.sampling.temperature = 1e-42 },
      { $0.sampling.topK = 0 }, { $0.sampling.topP = 1.1 }, { $0.sampling.topP = .nan }, { $0.sampling.minP = -0.1 },
      { $0.sampling.repetitionPenalty = 0 }, { $0.sampling.repetitionPenalty = .infinity },
    ]
    for edit in wrong {
      var options = GenerationOptions()
      edit(&options)
      #expect(throws: CoreError.self) { try model.generate(ids: [[1]], options: options) }
      #expect(throws: CoreError.self) { try model.stream(ids: [[1]], options: options) }
    }
    #expect(throws: CoreError.self) { try model.generate(ids: [[1]], count: 0) }
    #expect(throws: CoreError.self) {
      try model.generate(ids: [[1]], count: .max, options: greedy { $0.firstSample = 9 })
    }
    #expect(throws: ModelError.self) {
      try model.generate(ids: [[1]], options: greedy { $0.stopTokens = [300] })
    }
    let mute = try PolicyFixture.model("mistral")
    #expect(throws: PolicyError.noTemplate(backbone: "mistral")) { try mute.generate("Hello") }
    #expect(throws: PolicyError.noTokenizer(backbone: "mistral")) {
      try mute.generate(ids: [[1]], options: greedy { $0.stopStrings = ["x"] })
    }
    #expect(try model.generate(ids: [], count: 2).isEmpty)
    #expect(throws: ModelError.self) { try model.logProbabilities(of: [[]], after: [1]) }
    #expect(throws: ModelError.self) { try model.logProbabilities(of: [[288]], after: [1]) }
    #expect(throws: CoreError.self) { try model.logProbabilities(of: [[1]], after: [1], temperature: 0) }
  }

  @Test func logitsThatAreNoNumbersAreAnError() {
    let draw = TokenDraw(Sampling(), .reference)
    let scratch = TokenDraw.Scratch(vocabulary: 3)
    for logits: [Float] in [[0, .nan, 1], [-.infinity, -.infinity, -.infinity], [0, .infinity, 1]] {
      for draw in [draw, TokenDraw(.greedy, .reference), TokenDraw(Sampling(), fastCompute)] {
        #expect(logits.withUnsafeBufferPointer { draw($0, seen: [], uniform: 0.5, scratch) } == nil)
      }
    }
    // Some that are ruled out are no error.
    let some: [Float] = [0, -.infinity, 1]
    #expect(some.withUnsafeBufferPointer { draw($0, seen: [], uniform: 0.5, scratch) } != nil)
  }
}
