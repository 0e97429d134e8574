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
      #expect(throws: ModelError.overLength(tokens: 6, limit: 4)) { try short.hiddenState(ofLast: ids) }
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
