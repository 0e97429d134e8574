import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Adapters as llama.cpp has them, against a file that Python's gguf wrote of a PEFT folder.
@Suite struct AdapterGGUFTests {
  private static func configuration(_ name: String = "llama") throws -> BackboneConfiguration {
    try ModelFixture.backbone(name).configuration
  }

  private static let file = ModelFixture.folder.url("llama/adapters/qv-causal.gguf")

  private func expectSame(_ found: LoRAAdapter, _ expected: LoRAAdapter) {
    #expect(found.parameterValues().map(\.path) == expected.parameterValues().map(\.path))
    #expect(found.parameterValues().map(\.value) == expected.parameterValues().map(\.value))
    expected.forEachModule { layer, projection, module in
      #expect(found[layer, projection]?.scaling == module.scaling, "layer \(layer) \(projection.name)")
    }
  }

  @Test func aFileIsTheFolderThatItWasMadeOf() throws {
    let folder = ModelFixture.folder.url("llama/adapters/qv-causal")
    for backbone in ["llama", "llama/llama.f32.gguf"] {
      let configuration = try Self.configuration(backbone)
      expectSame(
        try LoRAAdapter(contentsOf: Self.file, for: configuration),
        try LoRAAdapter(contentsOf: folder, for: configuration))
    }
  }

  @Test func whatIsWrittenHasTheTensorsOfTheOtherHand() throws {
    let configuration = try Self.configuration()
    let adapter = try LoRAAdapter(
      contentsOf: ModelFixture.folder.url("llama/adapters/qv-causal"), for: configuration)
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("a.gguf")
      try adapter.write(gguf: url, for: configuration, name: "tiny")
      let (found, expected) = (try GGUFFile(contentsOf: url), try GGUFFile(contentsOf: Self.file))
      #expect(found.names == expected.names && !found.names.isEmpty)
      for name in expected.names {
        let (own, other) = (try found.tensor(named: name), try expected.tensor(named: name))
        #expect(own.shape == other.shape && own.matrix() == other.matrix(), "\(name)")
      }
      for key in ["general.architecture", "general.type", "adapter.type"] {
        #expect(try found.string(key) == expected.string(key))
      }
      #expect(try found.float("adapter.lora.alpha") == expected.float("adapter.lora.alpha"))
    }
  }

  @Test func anAlphaThatIsNoNumberIsRefused() throws {
    let configuration = try Self.configuration()
    for alpha in [Float.nan, .infinity] {
      try withTemporaryFolder { folder in
        let url = folder.appendingPathComponent("a.gguf")
        try GGUFWriter.write(
          metadata: [
            ("general.architecture", .string("llama")), ("general.type", .string("adapter")),
            ("adapter.type", .string("lora")), ("adapter.lora.alpha", .float32(alpha)),
          ], tensors: [], to: url)
        let error = #expect(throws: ModelError.self) { try LoRAAdapter(contentsOf: url, for: configuration) }
        #expect("\(error, default: "none")".contains("adapter.lora.alpha is"))
      }
    }
  }

  /// As llama.cpp reads it, an alpha of 0 is none, and B times A is taken as it is.
  @Test func anAlphaOfZeroIsAFactorOfOne() throws {
    let configuration = try Self.configuration()
    let whole = try LoRAAdapter(contentsOf: Self.file, for: configuration)
    let source = try GGUFFile(contentsOf: Self.file)
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("a.gguf")
      try GGUFWriter.write(
        metadata: [
          ("general.architecture", .string("llama")), ("general.type", .string("adapter")),
          ("adapter.type", .string("lora")), ("adapter.lora.alpha", .float32(0)),
        ],
        tensors: try source.names.map { name in
          let tensor = try source.tensor(named: name)
          let values = tensor.matrix()
          return GGUFWriter.Tensor(name: name, shape: tensor.shape, format: .f32) { take throws(CoreError) in
            try take(values)
          }
        }, to: url)
      let read = try LoRAAdapter(contentsOf: url, for: configuration)
      #expect(read.parameterValues().map(\.value) == whole.parameterValues().map(\.value))
      whole.forEachModule { layer, projection, _ in #expect(read[layer, projection]?.scaling == 1) }
    }
  }

  /// One alpha stands for all in a file: what differs goes into B, and the products stay.
  @Test func modulesOfOtherRanksAndScalingsSurvive() throws {
    for (name, modules) in [
      ("llama", [(0, .query, 3, 0.5), (1, .down, 1, 0.1), (2, .key, 2, 1.7)]),
      ("phi3", [(0, .query, 2, 0.5), (1, .gate, 1, 0.5), (1, .down, 2, 0.3)]),
    ] as [(String, [(Int, Projection, Int, Float)])] {
      let configuration = try name == "phi3" ? Self.fused() : Self.configuration(name)
      var adapter = LoRAAdapter(layerCount: configuration.layerCount, fusedOutputs: configuration.fusedOutputs)
      for (layer, projection, rank, scaling) in modules {
        let (outputs, inputs) = configuration.shape(of: projection)
        adapter[layer, projection] = LoRAModule(
          a: randomMatrix(rank, inputs, seed: UInt64(layer)), b: randomMatrix(outputs, rank, seed: 9), scaling: scaling)
      }
      try withTemporaryFolder { folder in
        let url = folder.appendingPathComponent("a.gguf")
        try adapter.write(gguf: url, for: configuration, name: "tiny")
        let read = try LoRAAdapter(contentsOf: url, for: configuration)
        for (layer, projection, _, _) in modules {
          let (own, other) = (try #require(read[layer, projection]), try #require(adapter[layer, projection]))
          let (outputs, inputs) = configuration.shape(of: projection)
          var (found, expected) = (Matrix(zeros: outputs, inputs), Matrix(zeros: outputs, inputs))
          own.add(to: &found, .reference)
          other.add(to: &expected, .reference)
          expectClose(found.elements, expected.elements, 1e-6, "\(name) \(layer) \(projection.name)")
        }
      }
    }
  }

  private static func fused() throws -> BackboneConfiguration {
    try Backbone(contentsOf: ModelFixture.folder.url("phi3")).configuration
  }

  @Test func whatIsNoAdapterOfTheBackboneIsRefused() throws {
    let configuration = try Self.configuration()
    #expect(throws: ModelError.self) {
      try LoRAAdapter(contentsOf: ModelFixture.folder.url("llama/llama.f32.gguf"), for: configuration)
    }
    #expect(throws: ModelError.self) { try LoRAAdapter(contentsOf: Self.file, for: Self.configuration("qwen2")) }
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("a.gguf")
      let empty = LoRAAdapter(layerCount: configuration.layerCount)
      #expect(throws: ModelError.self) { try empty.write(gguf: url, for: configuration, name: "tiny") }
      // A tensor that is no layer's: nothing is passed over.
      try GGUFWriter.write(
        metadata: [
          ("general.architecture", .string("llama")), ("general.type", .string("adapter")),
          ("adapter.type", .string("lora")), ("adapter.lora.alpha", .float32(1)),
        ],
        tensors: ["lora_a", "lora_b"].map { end in
          GGUFWriter.Tensor(name: "token_embd.weight." + end, shape: [2, 2], format: .f32) { take throws(CoreError) in
            try take(Matrix(zeros: 2, 2))
          }
        }, to: url)
      #expect(throws: CoreError.self) { try LoRAAdapter(contentsOf: url, for: configuration) }
    }
  }
}
