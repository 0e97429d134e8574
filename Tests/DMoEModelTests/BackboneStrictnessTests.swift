import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// What a folder or file must not get past the reader; every error names the culprit.
@Suite struct BackboneStrictnessTests {
  /// The error of reading a copy of a fixture whose config.json was changed.
  private func error(
    _ name: String = "llama", config edit: (inout [String: Any]) -> Void = { _ in },
    weights: ((inout [String: (shape: [Int], values: Matrix)]) -> Void)? = nil
  ) throws -> String {
    try ModelFixture.folder.withCopy(of: name) { folder in
      try editJSON(folder.appendingPathComponent("config.json"), edit)
      if let weights {
        let url = folder.appendingPathComponent("model.safetensors")
        let file = try SafetensorsFile(contentsOf: url)
        var tensors: [String: (shape: [Int], values: Matrix)] = [:]
        for name in file.names {
          let tensor = try file.tensor(named: name)
          tensors[name] = (tensor.shape, tensor.matrix())
        }
        weights(&tensors)
        try FileManager.default.removeItem(at: url)
        try SafetensorsWriter.write(tensors.map { ($0.key, $0.value.shape, $0.value.values) }, to: url)
      }
    } _: { folder in
      do {
        _ = try Backbone(contentsOf: folder)
        return "nothing was thrown"
      } catch let error as ModelError { return "\(error)" } catch let error as CoreError { return "\(error)" }
    }
  }

  @Test(arguments: [
    ("model_type", "gpt_neox"), ("hidden_act", "relu"), ("quantization_config", "{\"bits\": 4}"),
    ("partial_rotary_factor", "0.5"), ("attention_bias", "2"), ("hidden_size", "null"), ("num_attention_heads", "0"),
    ("num_key_value_heads", "3"), ("head_dim", "7"), ("rms_norm_eps", "null"), ("vocab_size", "\"many\""),
    ("num_hidden_layers", "2.5"),
  ])
  func settingsThatChangeTheArithmeticAreRefused(key: String, value: String) throws {
    let text = value.first?.isLetter == true && !["true", "null"].contains(value) ? "\"\(value)\"" : value
    let parsed = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    let message = try error { $0[key] = parsed }
    // The architecture and the head counts are named by what was found.
    let culprit = ["model_type": "gpt_neox", "num_key_value_heads": "num_attention_heads"][key] ?? key
    #expect(message.contains(culprit) && message.contains("config.json"), "\(message)")
  }

  /// transformers 5.23.0 leaves "gguf" in the config of what is made of a model that it read from a GGUF file, beside plain floats.
  @Test func aConfigThatRemembersAGGUFFilePacksNothing() throws {
    func error(_ method: String) throws -> String {
      try self.error {
        $0["quantization_config"] = ["quant_method": method, "gguf_file": "model.gguf", "dequantize": false]
      }
    }
    #expect(try error("gguf") == "nothing was thrown")
    #expect(try error("gptq").contains("quantization_config"))
  }

  /// Sizes that no model has, by which a file of some bytes would take any amount of memory or leave the numbers there are.
  @Test func sizesWithoutEndAreRefusedBeforeAnythingIsMadeOfThem() throws {
    for (key, value) in [
      ("num_hidden_layers", 16_000_000), ("head_dim", Int.max), ("head_dim", 1 << 40), ("hidden_size", Int.max),
      ("num_key_value_heads", Int.max), ("max_position_embeddings", Int.max),
    ] {
      let message = try error { $0[key] = value }
      #expect(message.contains(key) && message.contains("\(value)"), "\(message)")
    }
  }

  /// Angles that are no numbers would give rewards that are none.
  @Test func rotarySettingsThatMakeNoNumbersAreRefused() throws {
    func message(_ settings: [String: Any]) throws -> String {
      try error { $0["rope_parameters"] = settings.merging(["rope_theta": 10_000]) { $1 } }
    }
    let yarn: [String: Any] = ["rope_type": "yarn", "factor": 4, "original_max_position_embeddings": 32]
    #expect(try message(yarn) == "nothing was thrown")
    #expect(try message(yarn.merging(["attention_factor": -1]) { $1 }).contains("attention_factor"))
    #expect(try message(yarn.merging(["factor": 1e-300]) { $1 }).contains("rope_scaling"))
    #expect(try message(["rope_type": "linear", "factor": 1e-320]).contains("rope_scaling"))
  }

  @Test func unknownRotaryTypesAreRefused() throws {
    let long = try error { $0["rope_parameters"] = ["rope_type": "longrope", "factor": 4, "rope_theta": 10_000] }
    #expect(long.contains("rope_type") && long.contains("longrope"))
    let yarn = try error { $0["rope_parameters"] = ["rope_type": "yarn", "factor": 4, "beta_fast": -1] }
    #expect(yarn.contains("beta_fast"))
    let dynamic = try error("llama-linear-rope") { $0["rope_scaling"] = ["type": "dynamic", "factor": 2] }
    #expect(dynamic.contains("dynamic"))
    let partial = try error {
      $0["rope_parameters"] = ["rope_type": "default", "rope_theta": 10_000, "partial_rotary_factor": 0.5]
    }
    #expect(partial.contains("partial_rotary_factor"))
    let factor = try error("llama-linear-rope") { $0["rope_scaling"] = ["type": "linear"] }
    #expect(factor.contains("factor"))
    let low = try error("llama3-rope") { fields in
      var rope = fields["rope_scaling"] as? [String: Any] ?? [:]
      rope["low_freq_factor"] = nil
      fields["rope_scaling"] = rope
    }
    #expect(low.contains("low_freq_factor"))
  }

  @Test func missingTensorsAreNamed() throws {
    for name in [
      "model.layers.1.mlp.up_proj.weight", "model.norm.weight", "model.layers.0.input_layernorm.weight",
    ] {
      #expect(
        try error { _ in
        } weights: {
          $0[name] = nil
        }.contains(name))
    }
    #expect(
      try error("qwen2") { _ in
      } weights: {
        $0["model.layers.2.self_attn.k_proj.bias"] = nil
      }
      .contains("model.layers.2.self_attn.k_proj.bias"))
    #expect(
      try error("qwen3") { _ in
      } weights: {
        $0["model.layers.0.self_attn.q_norm.weight"] = nil
      }
      .contains("model.layers.0.self_attn.q_norm.weight"))
    // More layers than the file holds.
    #expect(try error { $0["num_hidden_layers"] = 4 }.contains("model.layers.3."))
  }

  @Test func misshapenTensorsAreNamedWithBothShapes() throws {
    let wrong = try error { _ in
    } weights: {
      $0["model.layers.1.self_attn.k_proj.weight"] = ([8, 32], Matrix(zeros: 8, 32))
    }
    #expect(
      wrong.contains("model.layers.1.self_attn.k_proj.weight") && wrong.contains("[8, 32]")
        && wrong.contains("[16, 32]"))
    let vocabulary = try error { $0["vocab_size"] = 300 }
    #expect(vocabulary.contains("embed_tokens.weight") && vocabulary.contains("[288, 32]"))
  }

  @Test func leftOverTensorsAreNamed() throws {
    let stranger = try error { _ in
    } weights: {
      $0["model.layers.0.mlp.gate_proj.bias"] = ([48], Matrix(zeros: 1, 48))
    }
    #expect(stranger.contains("model.layers.0.mlp.gate_proj.bias"))
    #expect(try error { $0["num_hidden_layers"] = 2 }.contains("model.layers.2."))
    // Attention biases that a llama configuration does not announce.
    #expect(try error("qwen2") { $0["model_type"] = "llama" }.contains("q_proj.bias"))
    // Query and key norms that a llama configuration does not have.
    #expect(try error("qwen3") { $0["model_type"] = "llama" }.contains("q_norm.weight"))
  }

  @Test func headsAreNoPartOfABackbone() throws {
    let message = try error { _ in
    } weights: {
      $0["lm_head.weight"] = ([288, 32], Matrix(zeros: 288, 32))
      $0["score.weight"] = ([1, 32], Matrix(zeros: 1, 32))
    }
    #expect(message == "nothing was thrown")
  }

  @Test func aBareModelHasNoPrefix() throws {
    let message = try error { _ in
    } weights: { tensors in
      tensors = Dictionary(uniqueKeysWithValues: tensors.map { (String($0.key.dropFirst("model.".count)), $0.value) })
    }
    #expect(message == "nothing was thrown")
  }

  @Test func biasOnEveryAttentionProjectionIsReadAndUsed() throws {
    // transformers' llama with attention_bias has one on the output projection too.
    func backbone(_ value: Float) throws -> [Float] {
      try ModelFixture.folder.withCopy(of: "llama") { folder in
        try editJSON(folder.appendingPathComponent("config.json")) { $0["attention_bias"] = true }
        let url = folder.appendingPathComponent("model.safetensors")
        let file = try SafetensorsFile(contentsOf: url)
        var tensors = try file.names.map { name in
          let tensor = try file.tensor(named: name)
          return (name: name, shape: tensor.shape, values: tensor.matrix())
        }
        for layer in 0..<3 {
          for (name, size) in [("q", 32), ("k", 16), ("v", 16), ("o", 32)] {
            tensors.append(
              (
                "model.layers.\(layer).self_attn.\(name)_proj.bias", [size],
                Matrix(repeating: name == "o" ? value : 0, 1, size)
              ))
          }
        }
        try FileManager.default.removeItem(at: url)
        try SafetensorsWriter.write(tensors, to: url)
      } _: {
        try Backbone(contentsOf: $0).hiddenState(ofLast: [4, 5])
      }
    }
    #expect(try backbone(0) == ModelFixture.backbone("llama").hiddenState(ofLast: [4, 5]))
    #expect(try backbone(1) != backbone(0))
  }

  @Test func oneLayerAndOneHeadAreIntegers() throws {
    // 1 is a number, not `true`.
    let message = try error {
      $0["num_hidden_layers"] = 1
    } weights: { tensors in
      tensors = tensors.filter { !$0.key.contains("layers.1.") && !$0.key.contains("layers.2.") }
    }
    #expect(message == "nothing was thrown")
    #expect(try error { $0["num_hidden_layers"] = true }.contains("num_hidden_layers"))
  }

  /// The error of reading a GGUF fixture in which every `old` became `new`, of the same length.
  private func ggufError(_ old: String, _ new: String) throws -> String {
    try withTemporaryFolder { folder in
      var data = try ModelFixture.folder.data("llama/llama.f32.gguf")
      var found = false
      while let range = data.range(of: Data(old.utf8)) {
        data.replaceSubrange(range, with: Data(new.utf8))
        found = true
      }
      #expect(found && old.utf8.count == new.utf8.count)
      let url = folder.appendingPathComponent("changed.gguf")
      try data.write(to: url)
      do {
        _ = try Backbone(contentsOf: url)
        return "nothing was thrown"
      } catch let error as ModelError { return "\(error)" } catch let error as CoreError { return "\(error)" }
    }
  }

  @Test func ggufFilesAreReadAsStrictly() throws {
    let key = "general.architecture\u{8}\0\0\0\u{5}\0\0\0\0\0\0\0"
    #expect(try ggufError(key + "llama", key + "gemma").contains("gemma"))
    #expect(try ggufError("blk.1.ffn_up.weight", "blk.1.ffn_xx.weight").contains("blk.1.ffn_up.weight"))
    #expect(try ggufError("output_norm.weight", "output_nrom.weight").contains("output_norm.weight"))
    #expect(
      try ggufError("llama.attention.head_count_kv", "llama.attention.head_count_xx").contains("attn_k.weight"))
    #expect(try ggufError("llama.embedding_length", "llama.embedding_lenght").contains("llama.embedding_length"))
  }

  @Test func whatIsNoBackboneIsNamed() throws {
    let nowhere = FileManager.default.temporaryDirectory.appendingPathComponent("no-such-backbone")
    #expect(throws: ModelError.self) { try Backbone(contentsOf: nowhere) }
    try withTemporaryFolder { folder in
      #expect(throws: ModelError.self) { try Backbone(contentsOf: folder) }
      try Data("[1]".utf8).write(to: folder.appendingPathComponent("config.json"))
      #expect(throws: ModelError.self) { try Backbone(contentsOf: folder) }
    }
  }
}
