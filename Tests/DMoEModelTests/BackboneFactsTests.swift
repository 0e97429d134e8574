import DMoECore
import Foundation
import Testing
import _TestSupport

@_spi(Command) @testable import DMoEModel

/// What would be refused is said before it is: each refusal beside the error that it foretells.
@Suite struct BackboneFactsTests {
  private static func facts(_ folder: URL) throws -> BackboneFacts {
    try Backbone(contentsOf: folder, options: ModelFixture.options(fastCompute)).facts()
  }

  private static func importing(_ folder: URL) -> String {
    do {
      _ = try RewardModel(classifier: folder, options: ModelFixture.options(fastCompute))
      return "nothing was thrown"
    } catch { return "\(error)" }
  }

  @Test func aTemplateThatIsNotKnownIsForetoldWithTheWayOut() throws {
    let fixture = try ClassifierFixture("llama")
    try fixture.withFolder { folder in
      try editJSON(folder.appendingPathComponent("tokenizer_config.json")) { $0["chat_template"] = "{{ odd }}" }
      let facts = try Self.facts(folder)
      let reason = try #require(facts.refusal(of: .template))
      #expect(facts.template == nil && reason.contains("derive-template"))
      #expect(Self.importing(folder).contains(reason))
    }
  }

  /// Its text is known, but the tokenizer lacks what it writes.
  @Test func aTemplateThatDoesNotFitTheTokenizerIsForetold() throws {
    let fixture = try ClassifierFixture("qwen2")
    try fixture.withFolder { folder in
      let file = folder.appendingPathComponent("tokenizer.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      try text.replacingOccurrences(of: "<|im_end|>", with: "<|im_fin|>").write(
        to: file, atomically: true, encoding: .utf8)
      let reason = try #require(try Self.facts(folder).refusal(of: .template))
      #expect(reason.contains("no token <|im_end|>") && Self.importing(folder).contains(reason))
    }
  }

  @Test func aMissingTokenizerIsForetold() throws {
    let fixture = try ClassifierFixture("qwen3")
    try fixture.withFolder { folder in
      try FileManager.default.removeItem(at: folder.appendingPathComponent("tokenizer.json"))
      let facts = try Self.facts(folder)
      #expect(facts.tokenizer == nil)
      #expect(facts.refusal(of: .texts)?.contains("no tokenizer.json") == true)
      #expect(Self.importing(folder).contains("no tokenizer"))
      try Data().write(to: folder.appendingPathComponent("tokenizer.model"))
      #expect(try Self.facts(folder).refusal(of: .texts)?.contains("AutoTokenizer") == true)
    }
    #expect(
      try ModelFixture.backbone("mistral/mistral.f32.gguf").facts().refusal(of: .texts)?
        .contains("tokenizer.ggml.model") == true)
  }

  /// Rows that were added to a tokenizer and not to the model.
  @Test func tokensWithoutARowAreForetold() throws {
    let fixture = try ClassifierFixture("qwen3")
    try fixture.withFolder { folder in
      let size = try #require(try Backbone(contentsOf: folder).tokenizer).vocabularySize
      try editJSON(folder.appendingPathComponent("tokenizer.json")) { fields in
        let token: [String: Any] = [
          "id": size, "content": "<extra>", "single_word": false, "lstrip": false, "rstrip": false,
          "normalized": false, "special": true,
        ]
        fields["added_tokens"] = (fields["added_tokens"] as? [Any] ?? []) + [token]
      }
      #expect(
        try Self.facts(folder).refusal(of: .texts)?.contains("\(size + 1) tokens and the embedding \(size) rows")
          == true)
    }
  }

  @Test func aHeadThatIsNotImplementedIsForetold() throws {
    let fixture = try ClassifierFixture("llama")
    let head = ClassifierFixture.Expected.Tensor(shape: [16], values: Array(repeating: 0.5, count: 16))
    try fixture.withFolder(heads: ["v_head.summary.weight": head]) { folder in
      let facts = try Self.facts(folder)
      let reason = try #require(facts.refusal(of: .reward))
      #expect(facts.head.contains("v_head.summary.weight") && Self.importing(folder).contains(reason))
    }
  }

  /// A classifier has no language-model head unless it is tied; a causal model has one.
  @Test func aLanguageModelHeadThatIsMissingIsForetold() throws {
    #expect(
      try Self.facts(ClassifierFixture("llama").url).refusal(of: .languageModel)?.contains("lm_head.weight") == true)
    #expect(try Self.facts(ClassifierFixture("qwen2").url).refusal(of: .languageModel) == nil)
  }

  @Test func everyPrecisionSaysWhatItTakesOrWhyItIsNotThere() throws {
    let memory = try Self.facts(ClassifierFixture("qwen2").url).memory
    #expect(memory.map(\.precision) == WeightPrecision.allCases)
    // Two layers of 16 channels: queries 16, keys and values 8 each, output 16, three of 24.
    let weights = 2 * 16 * (16 + 8 + 8 + 16 + 3 * 24)
    for own in memory {
      switch own.precision {
      // Stored as f32.
      case .stored, .float32: #expect(own.bytes == 4 * weights && own.refusal == nil)
      case .bfloat16: #expect(own.bytes == 2 * weights && own.refusal == nil)
      case .int8:
        #expect(own.bytes > weights && own.bytes < 2 * weights)
        let isThere = (try? Compute(ComputeOptions(threads: 1, precision: .int8))) != nil
        #expect((own.refusal == nil) == isThere)
      }
    }
  }

  @Test func aPlainBackboneIsRefusedForNothing() throws {
    let facts = try ModelFixture.backbone("qwen2").facts()
    #expect(facts.refusals.isEmpty && facts.head.isEmpty && facts.reward == nil)
  }

  // MARK: Progress

  @Test(arguments: ["llama", "llama/llama.f32.gguf"]) func everyLayerIsToldOf(path: String) throws {
    var told: [[Int]] = []
    _ = try Backbone(contentsOf: ModelFixture.folder.url(path)) { told.append([$0, $1]) }
    #expect(told == [[0, 3], [1, 3], [2, 3], [3, 3]])
  }

  @Test func whatProgressThrowsStopsTheReading() throws {
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      _ = try Backbone(contentsOf: ModelFixture.folder.url("llama")) { done, _ in if done == 1 { throw Stop() } }
    }
  }
}
