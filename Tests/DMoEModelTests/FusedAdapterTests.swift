import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Adapters of a family whose files hold several projections as one matrix (Phi-3).
@Suite struct FusedAdapterTests {
  private static func configuration() throws -> BackboneConfiguration {
    try ModelFixture.backbone("phi3").configuration
  }

  /// B A, times the scaling, of every adapted projection.
  private func products(_ adapter: LoRAAdapter) -> [String: Matrix] {
    var result: [String: Matrix] = [:]
    adapter.forEachModule { layer, projection, module in
      result["\(layer) \(projection)"] = Compute.reference.product(module.scaledB, module.a.value)
    }
    return result
  }

  private func written(_ adapter: LoRAAdapter) throws -> (config: [String: Any], names: [String], again: LoRAAdapter) {
    try withTemporaryFolder { folder in
      try adapter.write(to: folder, head: nil, backboneName: "tiny")
      let config = try JSONSerialization.jsonObject(
        with: Data(contentsOf: folder.appendingPathComponent("adapter_config.json")))
      let file = try SafetensorsFile(contentsOf: folder.appendingPathComponent("adapter_model.safetensors"))
      return (
        try #require(config as? [String: Any]), file.names,
        try LoRAAdapter(contentsOf: folder, for: Self.configuration())
      )
    }
  }

  @Test func whatPeftSavedIsWrittenBitForBit() throws {
    let folder = ModelFixture.folder.url("phi3/adapter")
    let (adapter, head) = try LoRAAdapter.read(folder, for: Self.configuration(), stateSize: nil)
    try withTemporaryFolder { target in
      try adapter.write(to: target, head: head, backboneName: "phi3")
      let names = try ["phi3/adapter/adapter_model.safetensors"].map { try ModelFixture.tensors($0) }
      let file = try SafetensorsFile(contentsOf: target.appendingPathComponent("adapter_model.safetensors"))
      #expect(Set(file.names) == Set(names[0].keys))
      for name in file.names { #expect(try file.tensor(named: name).matrix() == names[0][name], "\(name)") }
    }
  }

  /// Parts with first factors of their own are one module of the sum of their ranks, and come apart as they were.
  @Test func partsTrainedApartSurvive() throws {
    let configuration = try Self.configuration()
    for targets in [[.query, .value], [.key], [.gate, .down], Projection.allCases] as [[Projection]] {
      let adapter = TinyModel.adapter(configuration, rank: 2, targets: targets, seed: 7)
      let (config, names, again) = try written(adapter)
      #expect(again.parameterValues().map(\.path) == adapter.parameterValues().map(\.path))
      #expect(again.parameterValues().map(\.value) == adapter.parameterValues().map(\.value))
      #expect(!names.contains { $0.contains("q_proj") || $0.contains("gate_proj") })
      let modules = try #require(config["target_modules"] as? [String])
      #expect(Set(modules).isSubset(of: ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]))
    }
  }

  @Test func scalingsOfPartsGoIntoTheirFactors() throws {
    let configuration = try Self.configuration()
    var adapter = TinyModel.adapter(configuration, rank: 2, targets: [.query, .key, .value], seed: 3)
    adapter[1, .value]?.scaling = 0.5
    let again = try written(adapter).again
    let (found, expected) = (products(again), products(adapter))
    #expect(found.keys == expected.keys || Set(found.keys) == Set(expected.keys))
    for (key, product) in expected { expectClose(try #require(found[key]), product, 1e-6, key) }
  }

  @Test func afreshAdapterChangesNothingWhenItIsReadAgain() throws {
    let configuration = try Self.configuration()
    let fresh = LoRAAdapter(LoRAConfiguration(rank: 2, dropout: 0), for: configuration, seed: 1)
    let again = try written(fresh).again
    let backbone = try ModelFixture.backbone("phi3")
    let ids: [Int32] = [4, 9, 30]
    #expect(try backbone.hiddenState(ofLast: ids, adapter: again) == backbone.hiddenState(ofLast: ids))
    #expect(again.firstLayer == 0)
  }

  @Test func partsOfOneModuleDropOutAlike() throws {
    var adapter = TinyModel.adapter(try Self.configuration(), targets: [.query, .key], seed: 3)
    adapter[0, .key]?.dropout = 0.3
    #expect(throws: ModelError.self) { try written(adapter) }
  }

  @Test func separateModulesAreNotOnesOfThisBackbone() throws {
    let folder = ModelFixture.folder.url("mistral/adapter")
    #expect(throws: CoreError.self) { try LoRAAdapter(contentsOf: folder, for: Self.configuration()) }
    let fused = ModelFixture.folder.url("phi3/adapter")
    let llama = try ModelFixture.backbone("llama").configuration
    #expect(throws: (any Error).self) { try LoRAAdapter(contentsOf: fused, for: llama) }
  }

  @Test func mergingEqualsApplying() throws {
    let backbone = try ModelFixture.backbone("phi3")
    let adapter = try LoRAAdapter(contentsOf: ModelFixture.folder.url("phi3/adapter"), for: backbone.configuration)
    let ids: [Int32] = [4, 9, 30, 2]
    expectClose(
      try backbone.merging(adapter).hiddenState(ofLast: ids), try backbone.hiddenState(ofLast: ids, adapter: adapter),
      1e-4)
  }
}
