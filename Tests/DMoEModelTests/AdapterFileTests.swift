import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Reading and writing adapter folders: strict one way, bit for bit the other.
@Suite struct AdapterFileTests {
  private static func configuration(_ model: String = "llama") throws -> BackboneConfiguration {
    try ModelFixture.backbone(model).configuration
  }

  /// The error of reading a changed copy of an adapter.
  private func error(
    _ name: String = "qv-reward", config edit: (inout [String: Any]) -> Void = { _ in },
    tensors change: ((inout [String: Matrix]) -> Void)? = nil
  ) throws -> String {
    try ModelFixture.folder.withCopy(of: "llama/adapters/\(name)") { folder in
      try editJSON(folder.appendingPathComponent("adapter_config.json"), edit)
      if let change {
        var tensors = try ModelFixture.tensors("llama/adapters/\(name)/adapter_model.safetensors")
        change(&tensors)
        try SafetensorsWriter.write(
          tensors.map { ($0.key, [$0.value.rows, $0.value.columns], $0.value) },
          to: folder.appendingPathComponent("adapter_model.safetensors"))
      }
    } _: { folder in
      do {
        _ = try LoRAAdapter.read(
          folder, for: try Self.configuration(), stateSize: try Self.configuration().hiddenSize)
        return "nothing was thrown"
      } catch let error as ModelError { return "\(error)" } catch let error as CoreError { return "\(error)" }
    }
  }

  @Test func anUnchangedCopyIsRead() throws { #expect(try error() == "nothing was thrown") }

  @Test(arguments: [
    ("use_dora", "true"), ("bias", "\"all\""), ("layer_replication", "[[0, 2], [1, 3]]"),
    ("target_parameters", "[\"mlp.experts\"]"), ("alora_invocation_tokens", "[1, 2]"), ("rank_pattern", "{\"(\": 2}"),
    ("trainable_token_indices", "[3]"), ("lora_bias", "true"), ("init_lora_weights", "\"pissa\""),
    ("peft_type", "\"LOHA\""), ("r", "0"), ("r", "2.5"), ("lora_alpha", "null"), ("rank_pattern", "[1]"),
    ("rank_pattern", "{\"q_proj\": 1e300}"), ("target_modules", "null"),
    ("target_modules", "[\"q_proj\", \"query_key_value\"]"), ("modules_to_save", "[\"score\", \"embed_tokens\"]"),
    ("layers_to_transform", "\"all\""), ("a_key_of_tomorrow", "{\"strength\": 1}"),
  ])
  func settingsThatAreNotImplementedAreRefused(key: String, value: String) throws {
    let parsed = try JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed)
    let message = try error { $0[key] = parsed }
    #expect(message.contains("adapter") && message.contains(key), "\(message)")
  }

  @Test func missingAndMisshapenAndLeftOverTensorsAreNamed() throws {
    let b = "base_model.model.model.layers.2.self_attn.v_proj.lora_B.weight"
    #expect(
      try error { _ in
      } tensors: {
        $0[b] = nil
      }.contains(b))
    let shape = try error { _ in
    } tensors: {
      $0[b] = Matrix(zeros: 16, 3)
    }
    #expect(shape.contains(b) && shape.contains("[16, 4]") && shape.contains("[16, 3]"))
    let stranger = "base_model.model.model.layers.0.mlp.up_proj.lora_A.weight"
    #expect(
      try error { _ in
      } tensors: {
        $0[stranger] = Matrix(zeros: 4, 32)
      }.contains(stranger))
    let magnitude = "base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector.weight"
    #expect(
      try error { _ in
      } tensors: {
        $0[magnitude] = Matrix(zeros: 1, 32)
      }.contains(magnitude))
    #expect(
      try error { _ in
      } tensors: {
        $0["base_model.model.score.weight"] = nil
      }.contains("score.weight"))
    #expect(
      try error { _ in
      } tensors: {
        $0["base_model.model.score.weight"] = Matrix(zeros: 2, 32)
      }.contains("[2, 32]"))
    // A target that has no tensors, and layers that have none.
    #expect(try error { $0["target_modules"] = ["q_proj", "v_proj", "k_proj"] }.contains("k_proj.lora_A"))
    #expect(try error("all-rslora-top2-causal") { $0["layers_to_transform"] = [0, 1, 2] }.contains("layers.0."))
    #expect(try error("all-rslora-top2-causal") { $0["layers_to_transform"] = [2] }.contains("layers.1."))
    // Another rank than the tensors have.
    #expect(try error { $0["r"] = 5 }.contains("[5, 32]"))
    #expect(
      try error { _ in
      } tensors: {
        $0[b] = Matrix(repeating: .nan, 16, 4)
      }.contains("not finite"))
  }

  /// An expression is given up after a number of steps, whatever it is.
  @Test func anExpressionThatTakesTooLongIsRefused() throws {
    let path = String(repeating: "a", count: 10_000)
    let error = #expect(throws: ModelError.self) {
      try PathPattern("a*b", path: "folder", patience: 0).firstMatch(in: path)
    }
    #expect("\(error, default: "none")".contains("takes too long"))
    #expect(try PathPattern("^a*$", path: "folder").matches(path))
    let named = try PathPattern("(?<index>a)$", path: "folder").firstMatch(in: "ba")
    #expect(named?.range(withName: "index").location == 1)
  }

  /// What is no number as a `Float` would make every reward none.
  @Test func aScaleThatIsNoNumberIsRefused() throws {
    #expect(try error { $0["lora_alpha"] = 1e300 }.contains("scale of one is not finite"))
    #expect(try error { $0["alpha_pattern"] = ["q_proj": 1e300] }.contains("scale of one is not finite"))
  }

  @Test func anAdapterOfAnotherBackboneIsRefused() throws {
    let folder = ModelFixture.folder.url("qwen3/adapters/qv-causal")
    #expect(throws: CoreError.self) { try LoRAAdapter(contentsOf: folder, for: try Self.configuration()) }
  }

  @Test func regularExpressionsOfTargetsFollowTheTensors() throws {
    #expect(try error { $0["target_modules"] = "all-linear" } == "nothing was thrown")
    #expect(try error { $0["target_modules"] = #".*\.(q|v)_proj"# } == "nothing was thrown")
  }

  @Test func aFolderWithoutFilesIsNamed() throws {
    try withTemporaryFolder { folder in
      #expect(throws: ModelError.self) { try LoRAAdapter(contentsOf: folder, for: try Self.configuration()) }
    }
  }

  // MARK: Writing

  /// The weights of one adapter with the scale of another would be an adapter that nobody trained.
  @Test func anAdapterThatCannotBeReplacedStaysAsItWas() throws {
    let backbone = try Self.configuration()
    try withTemporaryFolder { folder in
      try TinyModel.adapter(backbone, rank: 2, seed: 1).write(to: folder, backboneName: "tiny")
      let configuration = folder.appendingPathComponent("adapter_config.json")
      let before = try Data(contentsOf: configuration)
      // Not even root puts a file in the place of a folder that holds something.
      let weights = folder.appendingPathComponent("adapter_model.safetensors")
      try FileManager.default.removeItem(at: weights)
      try FileManager.default.createDirectory(
        at: weights.appendingPathComponent("taken"), withIntermediateDirectories: true)
      #expect(throws: CoreError.self) {
        try TinyModel.adapter(backbone, rank: 3, seed: 2).write(to: folder, backboneName: "tiny")
      }
      #expect(try Data(contentsOf: configuration) == before)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      #expect(names == ["adapter_config.json", "adapter_model.safetensors"])
    }
  }

  private func expectSame(_ found: LoRAAdapter, _ expected: LoRAAdapter) {
    #expect(found.parameterValues().map(\.path) == expected.parameterValues().map(\.path))
    #expect(found.parameterValues().map(\.value) == expected.parameterValues().map(\.value))
    expected.forEachModule { layer, projection, module in
      #expect(found[layer, projection]?.scaling == module.scaling, "layer \(layer) \(projection.name)")
      #expect(found[layer, projection]?.dropout == module.dropout)
    }
  }

  @Test(arguments: AdapterParityTests.names)
  func whatWasReadIsWrittenBitForBit(name: String) throws {
    let configuration = try Self.configuration()
    let (adapter, head) = try LoRAAdapter.read(
      ModelFixture.folder.url("llama/adapters/\(name)"), for: configuration, stateSize: nil)
    try withTemporaryFolder { folder in
      let target = folder.appendingPathComponent("adapter")
      try adapter.write(to: target, head: head, backboneName: "tiny")
      let (again, sameHead) = try LoRAAdapter.read(target, for: configuration, stateSize: nil)
      expectSame(again, adapter)
      #expect(sameHead == head)
      let first = try Data(contentsOf: target.appendingPathComponent("adapter_config.json"))
      try again.write(to: target, head: head, backboneName: "tiny")
      #expect(try Data(contentsOf: target.appendingPathComponent("adapter_config.json")) == first)
    }
  }

  @Test func aRankBeyondTheLayersIsRefusedBeforeMemoryIsTaken() throws {
    let configuration = try Self.configuration()
    let adapter = TinyModel.adapter(configuration, targets: [.query], seed: 1)
    let require = RewardModel.Configuration.require
    for rank in [33, 99_999_999, Int.max] {
      #expect(throws: ModelError.self) { try adapter.joined(with: adapter, rank: rank) }
      #expect(throws: ModelError.self) {
        try LoRAConfiguration(rank: rank).validate(require, for: configuration, layerCount: 3)
      }
    }
    #expect(throws: Never.self) {
      try LoRAConfiguration(rank: 32).validate(require, for: configuration, layerCount: 3)
    }
  }

  @Test func mixedRanksScalingsAndLayersSurvive() throws {
    let configuration = try Self.configuration()
    var adapter = LoRAAdapter(layerCount: 3)
    for (layer, projection, rank, scaling) in [
      (1, .query, 3, 0.1), (1, .down, 1, 0.1), (2, .query, 2, 1.7), (2, .down, 3, 5 / Float(3).squareRoot()),
    ] as [(Int, Projection, Int, Float)] {
      let (outputs, inputs) = configuration.shape(of: projection)
      adapter[layer, projection] = LoRAModule(
        a: randomMatrix(rank, inputs, seed: UInt64(layer)), b: randomMatrix(outputs, rank, seed: 9), scaling: scaling,
        dropout: 0.05)
    }
    try withTemporaryFolder { folder in
      try adapter.write(to: folder, head: nil, backboneName: "tiny")
      expectSame(try LoRAAdapter(contentsOf: folder, for: configuration), adapter)
      let fields =
        try JSONSerialization.jsonObject(
          with: Data(contentsOf: folder.appendingPathComponent("adapter_config.json"))) as? [String: Any]
      #expect(fields?["layers_to_transform"] as? [Int] == [1, 2])
      #expect(fields?["lora_dropout"] as? Double == 0.05)
    }
  }

  @Test func layersWithDifferentTargetsSurvive() throws {
    // A base over queries and values of all layers, joined with an expert over everything in the last.
    let configuration = try Self.configuration()
    let base = LoRAAdapter(LoRAConfiguration(rank: 2, dropout: 0), for: configuration, seed: 1)
    let expert = LoRAAdapter(
      LoRAConfiguration(rank: 3, dropout: 0, targets: Projection.allCases, topLayers: 1), for: configuration, seed: 2)
    let both = base.concatenated(with: expert)
    try withTemporaryFolder { folder in
      try both.write(to: folder, head: randomMatrix(1, 32, seed: 3), backboneName: "tiny")
      expectSame(try LoRAAdapter(contentsOf: folder, for: configuration), both)
    }
  }

  @Test func anExpertNeedsItsHead() throws {
    let configuration = try Self.configuration()
    let folder = ModelFixture.folder.url("llama/adapters/qv-causal")
    #expect(throws: ModelError.self) { try Expert(contentsOf: folder, for: configuration) }
    let expert = try Expert(contentsOf: ModelFixture.folder.url("llama/adapters/qv-reward"), for: configuration)
    #expect(expert.parameterValues("e").map(\.path).last == "e.score.weight")
    #expect(expert.parameterIDs.count == 13)
  }

  /// A head that reads several states is so many times as wide as one that reads one; the adapter is the same.
  @Test func aHeadHasTheWidthOfItsStates() throws {
    let configuration = try Self.configuration()
    let adapter = TinyModel.adapter(configuration, targets: [.query], seed: 1)
    for (width, other) in [(32, 64), (64, 32), (96, 64)] {
      try withTemporaryFolder { folder in
        try adapter.write(to: folder, head: randomMatrix(1, width, seed: 3), backboneName: "tiny")
        expectSame(try LoRAAdapter(contentsOf: folder, for: configuration), adapter)
        #expect(try Expert(contentsOf: folder, for: configuration, stateSize: width).head.weight.value.columns == width)
        #expect(throws: CoreError.self) { try Expert(contentsOf: folder, for: configuration, stateSize: other) }
      }
    }
  }
}
