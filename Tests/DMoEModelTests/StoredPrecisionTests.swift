import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Backbones whose weights stay in their file (`WeightPrecision.stored`).
@Suite struct StoredPrecisionTests {
  /// Heads whose halves are interleaved, biases, norms of queries and keys, fused matrices, other activations; numbers as
  /// they are in one file and in shards, and quantized ones.
  static let places = [
    "llama", "llama/llama.f32.gguf", "llama/llama.q8_0.gguf", "llama-f16", "llama-bf16-sharded",
    "llama2/llama2.f32.gguf",
    "gemma3/gemma3.f32.gguf", "phi3", "phi3/phi3.f32.gguf", "qwen2", "qwen3", "mistral",
  ]

  private static func backbone(
    _ place: String, _ precision: WeightPrecision, _ activations: ActivationPrecision = .float32
  ) throws -> Backbone {
    try Backbone(
      contentsOf: ModelFixture.folder.url(place),
      options: ComputeOptions(threads: 2, precision: precision, activations: activations))
  }

  private static func weights(_ backbone: Backbone) -> [any WeightMatrix] {
    backbone.layers.flatMap { layer in
      Projection.allCases.compactMap { if case .frozen(let weight) = layer[$0].weight { weight } else { nil } }
    }
  }

  @Test(arguments: places) func everyProjectionStaysInItsFile(place: String) throws {
    let backbone = try Self.backbone(place, .stored)
    let weights = Self.weights(backbone)
    #expect(weights.count == Projection.allCases.count * backbone.layers.count)
    #expect(weights.allSatisfy { $0 is StoredWeight && $0.precision == .stored })
    #expect(try backbone.languageModelHead(Compute(ComputeOptions(precision: .stored))).outputs > 0)
  }

  /// Other orders of the same sums in single precision, through two or more layers.
  @Test(arguments: places) func statesAreThoseOfTheWeightsAsFloats(place: String) throws {
    let (dense, stored) = (try Self.backbone(place, .float32), try Self.backbone(place, .stored))
    let ids = (0..<19).map { Int32($0 * 7 % dense.configuration.vocabularySize) }
    let compute = try Compute(ComputeOptions(threads: 2))
    let (expected, found) = (
      try ModelFixture.states(dense, ids, compute), try ModelFixture.states(stored, ids, compute)
    )
    expectClose(found.final, expected.final, 2e-5, place)
    for (a, b) in zip(Self.weights(stored), Self.weights(dense)) { #expect(a.dense() == b.dense()) }
  }

  /// The same text alone, after another and as one of several: the same bits by stored weights, whose share of a state is
  /// all but the sums of attention.
  @Test func aTextsProductsAreTheSameInEveryBatch() throws {
    for activations in [ActivationPrecision.float32, .int8] {
      let backbone = try Self.backbone("llama/llama.q8_0.gguf", .stored, activations)
      let compute = try Compute(ComputeOptions(threads: 2))
      let weight = try #require(Self.weights(backbone).first)
      let text = randomMatrix(9, weight.inputs, seed: 1)
      let others = randomMatrix(40, weight.inputs, seed: 2)
      let alone = try #require(compute.products(text, by: [weight]).first)
      let together = try #require(compute.products(Matrix(stacking: [others, text]), by: [weight]).first)
      #expect(together.rows(40..<49) == alone)
    }
  }

  /// Adapters train over stored weights. By floats gradients differ by rounding only; by bytes a state is off by up to 1/254 of
  /// the greatest of its block, and gradients by about as much.
  @Test(arguments: [(ActivationPrecision.float32, 1e-4), (.int8, 5e-2)])
  func gradientsOfAdaptersAreThoseOverFloats(activations: ActivationPrecision, tolerance: Double) throws {
    let place = "llama/llama.q8_0.gguf"
    let compute = try Compute(ComputeOptions(threads: 2))
    let fixture = try ModelFixture.folder.decode(TrainingFixture.self, "llama/training/training.json")
    let batch = fixture.batch(.sharedPrefix)
    var results: [(rewards: Matrix, gradients: [Matrix])] = []
    for backbone in [try Self.backbone(place, .float32), try Self.backbone(place, .stored, activations)] {
      var expert = try Expert(
        contentsOf: ModelFixture.folder.url("llama/training/initial"), for: backbone.configuration)
      let tape = Tape(training: expert.parameterIDs)
      let graph = Graph(compute, tape: tape)
      let x = backbone.run(
        graph, Variable(constant: try backbone.embed(batch.ids)), batch.layout, layers: 0..<backbone.layers.count,
        adapters: [AdapterSpan(rows: 0..<batch.ids.count, adapter: expert.adapter)],
        keepingLast: batch.layout.lastRows)
      let rewards = expert.head(graph, backbone.normalize(graph, x))
      tape.backward(from: rewards, seed: Matrix(repeating: 1, rewards.rows, rewards.columns), compute)
      var gradients: [Matrix] = []
      try expert.visitParameters("") { _, parameter in gradients.append(try #require(tape.gradients[parameter.id])) }
      results.append((rewards.value, gradients))
    }
    expectClose(results[1].rewards, results[0].rewards, tolerance, "rewards")
    for (found, expected) in zip(results[1].gradients, results[0].gradients) {
      expectClose(found, expected, tolerance, "gradient")
    }
  }
}
