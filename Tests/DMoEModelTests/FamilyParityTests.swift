import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// The other families against transformers, peft and torch (Fixtures/models/README.md): all layers, every adapter's
/// gradient, windows shorter than the texts.
@Suite struct FamilyParityTests {
  static let names = [
    "mistral", "llama2", "llama-gelu", "llama-yarn", "qwen2-window", "qwen3-yarn", "gemma3", "phi3", "smollm3",
    "smollm3-window",
  ]
  static let windowed = ["mistral", "qwen2-window", "gemma3", "phi3", "smollm3-window"]

  @Test(arguments: names) func folderGivesTheStatesOfTransformers(name: String) throws {
    try ModelFixture.check(
      ModelFixture.backbone(name), try ModelFixture.expected("\(name)/expected.json"), name)
  }

  @Test(arguments: ["mistral", "llama2", "qwen3-yarn", "gemma3", "phi3", "smollm3"])
  func ggufFileGivesTheStatesOfTransformers(name: String) throws {
    let path = "\(name)/\(name).f32.gguf"
    try ModelFixture.check(
      ModelFixture.backbone(path), try ModelFixture.expected("\(name)/expected.json"), path)
  }

  /// Pairs with the rewards and gradients that torch gives them.
  private struct Gradients: Decodable {
    var pairs: [TrainingFixture.Pair]
    var loss: Double
    var chosen: [Float]
    var rejected: [Float]
  }

  @Test(arguments: names, TrainingFixture.Layout.allCases)
  func everyAdapterGradientIsTorchs(name: String, layout: TrainingFixture.Layout) throws {
    let backbone = try ModelFixture.backbone(name)
    let expert = try Expert(
      contentsOf: ModelFixture.folder.url("\(name)/adapter"), for: backbone.configuration)
    let fixture = try ModelFixture.folder.decode(Gradients.self, "\(name)/adapter/gradients.json")
    let expected = try ModelFixture.tensors("\(name)/adapter/gradients.safetensors")
    let batch = TrainingFixture.batch(fixture.pairs, layout)
    for compute in everyBackend {
      for checkpointing in [false, true] {
        let what = "\(name) \(layout) \(compute.backend) \(compute.threads) \(checkpointing)"
        let tape = Tape(training: expert.parameterIDs)
        let graph = Graph(compute, tape: tape)
        let x = backbone.run(
          graph, Variable(constant: try backbone.embed(batch.ids)), batch.layout, layers: 0..<backbone.layers.count,
          adapters: [AdapterSpan(rows: 0..<batch.ids.count, adapter: expert.adapter)],
          checkpointing: checkpointing, keepingLast: batch.layout.lastRows)
        let rewards = expert.head(graph, backbone.normalize(graph, x))
        let (loss, seed) = TrainingFixture.loss(rewards.value)
        tape.backward(from: rewards, seed: seed, compute)
        expectClose(
          rewards.value.elements, zip(fixture.chosen, fixture.rejected).flatMap { [$0, $1] }, 2e-5, what)
        #expect(abs(loss - fixture.loss) < 2e-5, "\(what)")
        let found = try Self.asStored(tape.gradients, expert)
        #expect(found.count == expected.count, "\(what)")
        for (key, reference) in expected {
          let gradient = try #require(found[key], "\(what), \(key)")
          expectClose(gradient.elements, reference.elements, 2e-4, "\(what), \(key)")
          let norms = [gradient, reference].map { Compute.reference.sumOfSquares($0).squareRoot() }
          #expect(abs(norms[0] - norms[1]) <= 1e-3 * norms[1], "\(what), \(key)")
        }
      }
    }
  }

  /// Gradients under the names of peft's files: where one module holds several projections, A's are added and B's lie one
  /// below the other.
  static func asStored(_ gradients: [ParameterID: Matrix], _ expert: Expert) throws -> [String: Matrix] {
    var expert = expert
    var result: [String: Matrix] = [:]
    let isFused = expert.adapter.fusedOutputs != nil
    try expert.visitParameters("") { path, parameter in
      let gradient = try #require(gradients[parameter.id], "\(path)")
      var name = "base_model.model." + (path.hasPrefix("layers.") ? "model." : "") + path
      for fused in FusedProjection.allCases where isFused {
        for part in fused.parts { name = name.replacingOccurrences(of: part.path, with: fused.path) }
      }
      guard var sum = result[name] else {
        result[name] = gradient
        return
      }
      if name.contains("lora_A") {
        Compute.reference.add(gradient, scale: 1, to: &sum)
      } else {
        sum = sum.stacked(over: gradient)
      }
      result[name] = sum
    }
    return result
  }

  // MARK: Windows

  /// A window counts from each token's place in its text, wherever the tokens before it were computed.
  @Test(arguments: windowed) func sharedAndKeptPromptsObeyTheWindow(name: String) throws {
    let backbone = try ModelFixture.backbone(name)
    let ids = try ModelFixture.expected("\(name)/expected.json").sequences[3].ids
    let cut = 31
    let whole = try ModelFixture.states(backbone, ids, .reference).final
    for compute in everyBackend {
      let graph = Graph(compute)
      let range = 0..<backbone.layers.count
      // Two responses to one prompt: the text's own end, and its first tokens again.
      var batch = TokenBatch([
        EncodedResponses(prompt: Array(ids[..<cut]), responses: [Array(ids[cut...]), Array(ids[..<9])])
      ])
      var x = backbone.run(graph, Variable(constant: try backbone.embed(batch.ids)), batch.layout, layers: range)
      let shared = backbone.normalize(graph, x).value
      expectClose(shared.rows(0..<ids.count), whole, 1e-4, "\(name), shared prompt")

      var kept: [KeysValues] = []
      batch = TokenBatch()
      batch.append(Array(ids[..<cut]))
      _ = backbone.run(graph, Variable(constant: try backbone.embed(batch.ids)), batch.layout, layers: range) {
        kept.append($0)
      }
      let layout = RowLayout.continuing([(cut, by: [ids.count - cut])], copies: 1)
      x = backbone.run(
        graph, Variable(constant: try backbone.embed(Array(ids[cut...]))), layout, layers: range,
        past: kept.map { [$0] })
      expectClose(
        backbone.normalize(graph, x).value, whole.rows(cut..<ids.count), 1e-4, "\(name), kept prompt")
    }
  }

  @Test func layersHaveTheirWindowsAndTurns() throws {
    func layers(_ name: String) throws -> [BackboneConfiguration.Layer] {
      try ModelFixture.backbone(name).configuration.layers
    }
    #expect(try layers("mistral").map(\.window) == [5, 5, 5])
    #expect(try layers("qwen2-window").map(\.window) == [nil, 4, 4])
    #expect(try layers("gemma3").map(\.window) == [5, 5, nil, 5])
    #expect(try layers("gemma3").map { $0.rotary?.theta } == [100, 100, 5000, 100])
    let scalings = try layers("gemma3").compactMap(\.rotary).map(\.scaling)
    #expect(scalings == [.none, .none, .linear(factor: 2), .none])
    #expect(try layers("smollm3").map { $0.rotary != nil } == [true, true, true, false])
    #expect(try layers("smollm3-window").map(\.window) == [5, nil, 5])
    #expect(try layers("phi3").map { $0.rotary?.size } == [4, 4, 4])
  }

  // MARK: Gemma 3 that sees pictures

  @Test(arguments: ["model.language_model.", "language_model.model."])
  func theTextPartOfAModelThatSeesPicturesIsRead(prefix: String) throws {
    try ModelFixture.folder.withCopy(of: "gemma3") { folder in
      try editJSON(folder.appendingPathComponent("config.json")) { text in
        text = ["model_type": "gemma3", "text_config": text, "vision_config": ["hidden_size": 8], "oddity": 1]
      }
      let url = folder.appendingPathComponent("model.safetensors")
      let file = try SafetensorsFile(contentsOf: url)
      var tensors = try file.names.map { name in
        let tensor = try file.tensor(named: name)
        return (name: prefix + name.dropFirst("model.".count), shape: tensor.shape, values: tensor.matrix())
      }
      tensors.append(("vision_tower.patch.weight", [2, 2], Matrix(zeros: 2, 2)))
      tensors.append(("multi_modal_projector.weight", [2, 2], Matrix(zeros: 2, 2)))
      try FileManager.default.removeItem(at: url)
      try SafetensorsWriter.write(tensors, to: url)
    } _: { folder in
      let backbone = try Backbone(contentsOf: folder)
      #expect(backbone.unreadKeys == ["oddity"])
      #expect(throws: Never.self) { try backbone.languageModelHead(.reference) }
      try ModelFixture.check(
        backbone, try ModelFixture.expected("gemma3/expected.json"), prefix, on: [fastCompute])
    }
  }

  // MARK: What is refused

  /// The error of reading a fixture with other members in its `config.json`.
  private func error(_ name: String, _ members: [String: Any]) throws -> String {
    try ModelFixture.folder.withCopy(of: name) { folder in
      try editJSON(folder.appendingPathComponent("config.json")) { $0.merge(members) { $1 } }
    } _: { folder in
      do {
        _ = try Backbone(contentsOf: folder)
        return "nothing was thrown"
      } catch let error as ModelError { return "\(error)" } catch let error as CoreError { return "\(error)" }
    }
  }

  @Test func listsOfAnotherLengthAreRefused() throws {
    #expect(try error("gemma3", ["layer_types": ["full_attention"]]).contains("layer_types has 1 entries for 4 layers"))
    #expect(try error("qwen2-window", ["layer_types": ["full_attention"]]).contains("layer_types has 1"))
    #expect(try error("smollm3", ["no_rope_layers": [1, 0]]).contains("no_rope_layers has 2 entries for 4 layers"))
    #expect(
      try error("phi3", ["rope_scaling": ["type": "longrope", "short_factor": [1], "long_factor": [1, 2]]])
        .contains("short_factor has 1 values for"))
    #expect(
      try error(
        "phi3",
        [
          "rope_scaling": [
            "type": "longrope", "partial_rotary_factor": 0.5, "short_factor": [1, 2], "long_factor": [1],
          ]
        ]
      )
      .contains("long_factor has 1 values for"))
  }

  /// Frequencies are divided by them, in floats.
  @Test func factorsThatAreNoDivisorsAreRefused() throws {
    for key in ["short_factor", "long_factor"] {
      for bad in [0, -2, 1e60, 1e-60] {
        var scaling: [String: Any] = [
          "type": "longrope", "partial_rotary_factor": 0.5, "short_factor": [1.0, 2.0], "long_factor": [1.0, 2.0],
        ]
        scaling[key] = [1.0, bad]
        let found = try error("phi3", ["rope_parameters": NSNull(), "rope_scaling": scaling])
        #expect(found != "nothing was thrown", "\(key) \(bad)")
      }
    }
  }

  @Test func windowsThatContradictThemselvesAreRefused() throws {
    let full = ["full_attention", "full_attention", "full_attention"]
    let sliding = ["sliding_attention", "full_attention", "full_attention"]
    #expect(try error("mistral", ["layer_types": full]).contains("layer_types"))
    #expect(try error("llama2", ["layer_types": sliding]).contains("layer_types"))
    #expect(try error("llama2", ["use_sliding_window": true, "sliding_window": 4]).contains("use_sliding_window"))
    #expect(try error("qwen2-window", ["layer_types": sliding, "use_sliding_window": false]).contains("layer_types"))
    #expect(try error("gemma3", ["sliding_window": NSNull()]).contains("layer_types"))
    #expect(try error("gemma3", ["layer_types": ["chunked_attention"] + full]).contains("chunked_attention"))
    #expect(try error("mistral", ["sliding_window": 0]).contains("sliding_window is 0"))
  }

  /// A key that another family's class reads changes nothing, and is told.
  @Test func keysOfOtherFamiliesAreTold() throws {
    let members: [String: Any] = ["sliding_window": 4, "no_rope_layers": [0, 0, 0], "hidden_activation": "gelu"]
    try ModelFixture.folder.withCopy(of: "llama2") { folder in
      try editJSON(folder.appendingPathComponent("config.json")) { $0.merge(members) { $1 } }
    } _: { folder in
      let backbone = try Backbone(contentsOf: folder)
      #expect(Set(backbone.unreadKeys) == Set(members.keys))
      #expect(try backbone.configuration == ModelFixture.backbone("llama2").configuration)
    }
    #expect(try Self.names.allSatisfy { try ModelFixture.backbone($0).unreadKeys.isEmpty })
  }

  /// The sentence says which part is missing.
  @Test(arguments: [
    ("gemma2", "soft caps"), ("mixtral", "several experts"), ("qwen2_vl", "pictures"), ("llama4", "its attention"),
    ("gpt_neox", "gemma3, phi3 and smollm3 are"),
  ])
  func otherFamiliesAreRefusedWithWhatIsMissing(type: String, reason: String) throws {
    let message = try error("gemma3", ["model_type": type])
    #expect(message.contains(type) && message.contains(reason), "\(message)")
  }

  @Test func settingsOfGemmaThatAreMissingAreNamed() throws {
    for (key, value) in [
      ("attn_logit_softcapping", 50.0), ("final_logit_softcapping", 30.0), ("use_bidirectional_attention", true),
      ("hidden_activation", "relu"),
    ] as [(String, Any)] {
      #expect(try error("gemma3", [key: value]).contains(key))
    }
    let message = try error("gemma3", ["rope_parameters": ["rope_type": "linear"]])
    #expect(message.contains("rope_type"), "\(message)")
    #expect(try error("phi3", ["rope_scaling": ["type": "linear", "factor": 2]]).contains("linear"))
  }
}
