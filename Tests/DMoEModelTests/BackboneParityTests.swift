import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Hidden states against transformers (Fixtures/models/README.md); single precision leaves about 1e-6 of the largest.
@Suite struct BackboneParityTests {
  @Test(arguments: [
    "llama", "llama3-rope", "llama-linear-rope", "qwen2", "qwen3", "llama-bf16-sharded", "llama-f16",
  ])
  func folderGivesTheStatesOfTransformers(name: String) throws {
    try ModelFixture.check(
      ModelFixture.backbone(name), try ModelFixture.expected("\(name)/expected.json"), name)
  }

  @Test(arguments: [
    ("llama/llama.f32.gguf", "expected"), ("llama/llama.q8_0.gguf", "expected-q8_0"),
    ("qwen2/qwen2.f32.gguf", "expected"), ("qwen2/qwen2.q8_0.gguf", "expected-q8_0"),
    ("llama3-rope/llama3-rope.f32.gguf", "expected"),
  ])
  func ggufFileGivesTheStatesOfTransformers(path: String, expected: String) throws {
    let folder = try #require(path.split(separator: "/").first)
    try ModelFixture.check(
      ModelFixture.backbone(path), try ModelFixture.expected("\(folder)/\(expected).json"), path)
  }

  @Test func aSplitFileIsReadWithItsParts() throws {
    try withTemporaryFolder { folder in
      let (first, second) = try GGUFEdit.split(ModelFixture.folder.data("llama/llama.f32.gguf"), after: 10)
      let url = folder.appendingPathComponent("llama-00001-of-00002.gguf")
      try first.write(to: url)
      #expect(throws: CoreError.self) { try Backbone(contentsOf: url) }
      try second.write(to: folder.appendingPathComponent("llama-00002-of-00002.gguf"))
      let backbone = try Backbone(contentsOf: url)
      try ModelFixture.check(backbone, try ModelFixture.expected("llama/expected.json"), "split")
      #expect(backbone.fingerprint != (try ModelFixture.backbone("llama/llama.f32.gguf").fingerprint))
    }
  }

  /// llama.cpp divides by both.
  @Test func aFactorComesOnTopOfStoredDivisors() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("a.gguf")
      let data = try ModelFixture.folder.data("llama3-rope/llama3-rope.f32.gguf")
      try GGUFEdit.setting(["llama.rope.scaling.factor": 2.5], in: data).write(to: url)
      guard
        case .divisors(let plain, 1) = try ModelFixture.backbone("llama3-rope/llama3-rope.f32.gguf").configuration
          .scaling, case .divisors(let both, 1) = try Backbone(contentsOf: url).configuration.scaling
      else {
        Issue.record("no divisors")
        return
      }
      #expect(both == plain.map { $0 * 2.5 })
    }
  }

  /// With `rope.scaling.factor` and without a type, llama.cpp scales linearly.
  @Test func aFactorWithoutATypeIsLinear() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("a.gguf")
      let data = try ModelFixture.folder.data("llama/llama.f32.gguf")
      func scaling(_ members: [String: Any]) throws -> RotaryScaling {
        try GGUFEdit.setting(members, in: data).write(to: url)
        return try #require(Backbone(contentsOf: url).configuration.scaling)
      }
      #expect(try scaling(["llama.rope.scaling.factor": 2.5]) == .linear(factor: 2.5))
      #expect(try scaling(["llama.rope.scale_linear": 2.5]) == .linear(factor: 2.5))
      #expect(try scaling(["llama.rope.scaling.factor": 2.5, "llama.rope.scaling.type": "none"]) == .none)
      #expect(try scaling(["llama.rope.scaling.factor": 0.0]) == .none)
      #expect(try scaling([:]) == .none)
    }
  }

  /// transformers' Qwen3Config, Qwen2Config and LlamaConfig say what is not in the file.
  @Test(arguments: [
    ("llama", 8, 2048, 32_000, 11_008), ("qwen2", 8, 32_768, 151_936, 22_016), ("qwen3", 128, 32_768, 151_936, 22_016),
  ])
  func missingKeysMeanWhatTheFamilysClassSays(
    family: String, headSize: Int, context: Int, vocabulary: Int, feedForward: Int
  ) throws {
    func read(_ text: String) throws -> BackboneConfiguration {
      try withTemporaryFolder { folder in
        let url = folder.appendingPathComponent("config.json")
        try Data(text.utf8).write(to: url)
        return try BackboneConfiguration.read(huggingFace: ConfigurationFile(contentsOf: url)).configuration
      }
    }
    let nulled = try read(
      #"{"model_type": "\#(family)", "hidden_size": 32, "num_attention_heads": 4, "num_key_value_heads": null}"#)
    #expect(nulled.headSize == headSize && nulled.keyValueHeads == 4 && nulled.contextLength == context)
    #expect(nulled.vocabularySize == vocabulary && nulled.feedForwardSize == feedForward && nulled.layerCount == 32)
    #expect(
      nulled.normEpsilon == 1e-6 && nulled.layers.first?.rotary?.theta == 10_000 && nulled.scaling == RotaryScaling.none
    )
    #expect(nulled.hasAttentionBias == (family == "qwen2") && !nulled.hasOutputBias)
    let missing = try read(#"{"model_type": "\#(family)", "hidden_size": 4096, "num_attention_heads": 32}"#)
    #expect(missing.keyValueHeads == 32 && missing.headSize == 128)
    let more = #"{"model_type": "\#(family)", "hidden_size": 4096, "num_attention_heads": 64}"#
    #expect(try read(more).keyValueHeads == (family == "llama" ? 64 : 32))
  }

  /// Python's `json` writes them, and reads them.
  @Test func aNumberThatIsNoneIsReadAndRefusedWhereItCounts() throws {
    func backbone(_ old: String, _ new: String) throws -> Backbone {
      try ModelFixture.folder.withCopy(of: "llama") { folder in
        let url = folder.appendingPathComponent("config.json")
        let text = try String(contentsOf: url, encoding: .utf8)
        try #require(text.contains(old))
        try Data(text.replacingOccurrences(of: old, with: new).utf8).write(to: url)
      } _: {
        try Backbone(contentsOf: $0)
      }
    }
    let plain = try ModelFixture.backbone("llama").configuration
    for value in ["NaN", "Infinity", "-Infinity"] {
      #expect(try backbone("\"attention_dropout\": 0.0", "\"attention_dropout\": \(value)").configuration == plain)
      do {
        _ = try backbone("\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": \(value)")
        Issue.record("nothing was thrown")
      } catch ModelError.invalidConfiguration(let key, _, _) { #expect(key == "rms_norm_eps") }
    }
    do {
      _ = try backbone("\"rms_norm_eps\": 1e-05,", "\"rms_norm_eps\": 1e-05,,")
      Issue.record("nothing was thrown")
    } catch ModelError.unreadableBackbone(_, let reason) { #expect(reason.contains("line ")) }
  }

  @Test(arguments: ["llama", "llama3-rope"])
  func aHeadThatIsThereIsTheHeadWhateverIsSaidOfTying(name: String) throws {
    try ModelFixture.folder.withCopy(of: name) { folder in
      try editJSON(folder.appendingPathComponent("config.json")) { $0["tie_word_embeddings"] = true }
    } _: { folder in
      let file = name == "llama" ? "model.embed_tokens.weight" : "lm_head.weight"
      let expected = try #require(ModelFixture.tensors("\(name)/model.safetensors")[file])
      #expect(try Backbone(contentsOf: folder).languageModelHead(.reference).dense() == expected)
    }
  }

  @Test func shardsMayLackATiedHeadThatTheIndexLists() throws {
    try ModelFixture.folder.withCopy(of: "llama-bf16-sharded") { folder in
      try editJSON(folder.appendingPathComponent("model.safetensors.index.json")) { fields in
        var map = fields["weight_map"] as? [String: Any] ?? [:]
        map["lm_head.weight"] = map["model.embed_tokens.weight"]
        fields["weight_map"] = map
      }
    } _: { folder in
      let backbone = try Backbone(contentsOf: folder)
      try ModelFixture.check(backbone, try ModelFixture.expected("llama-bf16-sharded/expected.json"), "tied")
      #expect(throws: Never.self) { try backbone.languageModelHead(.reference) }
    }
  }

  @Test(arguments: ["llama3-rope", "llama-linear-rope", "qwen2"])
  func bothSpellingsOfRotarySettingsMeanTheSame(name: String) throws {
    let older = try ModelFixture.backbone(name)
    try ModelFixture.folder.withCopy(of: name) { folder in
      let config = folder.appendingPathComponent("config.json")
      try FileManager.default.removeItem(at: config)
      try FileManager.default.moveItem(
        at: folder.appendingPathComponent("config.rope_parameters.json"), to: config)
    } _: { folder in
      let newer = try Backbone(contentsOf: folder)
      #expect(newer.configuration == older.configuration)
      try ModelFixture.check(newer, try ModelFixture.expected("\(name)/expected.json"), name)
    }
  }

  @Test func tokenizerComesWithTheBackbone() throws {
    struct Cases: Decodable {
      struct Case: Decodable {
        var text: String
        var ids: [Int32]
      }
      var cases: [Case]
    }
    for (path, folder) in [
      ("llama", "llama"), ("llama/llama.f32.gguf", "llama"), ("qwen2", "qwen2"), ("qwen2/qwen2.q8_0.gguf", "qwen2"),
    ] {
      let tokenizer = try #require(ModelFixture.backbone(path).tokenizer)
      for example in try ModelFixture.folder.decode(Cases.self, "\(folder)/tokenizer-expected.json").cases {
        #expect(tokenizer.encode(example.text) == example.ids, "\(path)")
      }
    }
    #expect(try ModelFixture.backbone("qwen3").tokenizer == nil)
    #expect(try ModelFixture.backbone("llama3-rope/llama3-rope.f32.gguf").tokenizer == nil)
  }

  @Test func aTextLongerThanTheKeptAnglesGoesOn() throws {
    // The states of a text beyond the table must be those of a backbone whose table reaches that far.
    try ModelFixture.folder.withCopy(of: "llama") { folder in
      try editJSON(folder.appendingPathComponent("config.json")) { $0["max_position_embeddings"] = 4 }
    } _: { folder in
      let short = try Backbone(contentsOf: folder)
      let ids: [Int32] = [5, 9, 100, 3, 77, 12]
      let found = try ModelFixture.states(short, ids, .reference).final
      #expect(found == (try ModelFixture.states(ModelFixture.backbone("llama"), ids, .reference).final))
      let expected = ModelError.overLength(OverLength(text: .ids, tokens: 6, limit: 4))
      #expect(throws: expected) { try short.hiddenState(ofLast: ids) }
    }
  }

  @Test func wrongTokensAreNamed() throws {
    let backbone = try ModelFixture.backbone("llama")
    for id in [288, -1] as [Int32] {
      #expect(throws: ModelError.invalidToken(id: id, vocabularySize: 288)) {
        try backbone.hiddenState(ofLast: [1, id])
      }
    }
    #expect(throws: ModelError.self) { try backbone.hiddenState(ofLast: []) }
  }

  @Test func fingerprintTellsWeightsApart() throws {
    let llama = try ModelFixture.backbone("llama").fingerprint
    #expect(llama == (try ModelFixture.backbone("llama").fingerprint) && llama.count == 32)
    let others = try ["llama-f16", "llama-bf16-sharded", "llama/llama.f32.gguf"].map {
      try ModelFixture.backbone($0).fingerprint
    }
    #expect(Set(others + [llama]).count == 4)
  }

  /// Tied, it is the embedding; untied, a tensor of its own.
  @Test(arguments: [
    ("llama", "llama/llama.f32.gguf", "model.embed_tokens.weight"),
    ("llama3-rope", "llama3-rope/llama3-rope.f32.gguf", "lm_head.weight"),
  ])
  func languageModelHeadIsTheFiles(folder: String, gguf: String, name: String) throws {
    let expected = try #require(ModelFixture.tensors("\(folder)/model.safetensors")[name])
    for path in [folder, gguf] {
      #expect(try ModelFixture.backbone(path).languageModelHead(.reference).dense() == expected, "\(path)")
    }
  }

  @Test func aMissingLanguageModelHeadIsToldWhenItIsAskedFor() throws {
    try ModelFixture.folder.withCopy(of: "llama") { folder in
      try editJSON(folder.appendingPathComponent("config.json")) { $0["tie_word_embeddings"] = false }
    } _: { folder in
      let backbone = try Backbone(contentsOf: folder)
      do {
        _ = try backbone.languageModelHead(.reference)
        Issue.record("nothing was thrown")
      } catch { #expect("\(error)".contains("lm_head.weight")) }
    }
  }
}

extension BackboneConfiguration {
  /// The scaling of the first layer.
  fileprivate var scaling: RotaryScaling? { layers.first?.rotary?.scaling }
}
