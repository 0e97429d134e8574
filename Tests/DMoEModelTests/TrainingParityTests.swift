import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Losses, gradients and steps against torch and peft. The fixtures' own distance from float64 is 5e-6 for gradients.
@Suite struct TrainingParityTests {
  static let models = ["llama", "qwen2", "qwen3"]

  private static func fixture(_ model: String) throws -> (Backbone, Expert, TrainingFixture) {
    let backbone = try ModelFixture.backbone(model)
    let folder = ModelFixture.folder.url("\(model)/training/initial")
    return (
      backbone, try Expert(contentsOf: folder, for: backbone.configuration),
      try ModelFixture.folder.decode(TrainingFixture.self, "\(model)/training/training.json")
    )
  }

  /// Chosen and rejected rewards, pair after pair.
  private static func rewards(
    _ graph: Graph, _ backbone: Backbone, _ expert: Expert, _ batch: TokenBatch, checkpointing: Bool = false
  ) throws -> Variable {
    let x = backbone.run(
      graph, Variable(constant: try backbone.embed(batch.ids)), batch.layout, layers: 0..<backbone.layers.count,
      adapters: [AdapterSpan(rows: 0..<batch.ids.count, adapter: expert.adapter)], checkpointing: checkpointing,
      keepingLast: batch.layout.lastRows)
    return expert.head(graph, backbone.normalize(graph, x))
  }

  /// The name of a parameter in peft's files.
  private static func key(_ path: String) -> String {
    path.hasPrefix("layers.") ? "base_model.model.model." + path : "base_model.model." + path
  }

  private static func compare(
    _ gradients: [ParameterID: Matrix], _ tree: some ParameterTree, _ expected: [String: Matrix],
    _ key: (String) -> String, _ what: String
  ) throws {
    var tree = tree
    try tree.visitParameters("") { path, parameter in
      let name = key(path)
      let reference = try #require(expected[name], "\(name)")
      let found = try #require(gradients[parameter.id], "\(name)")
      expectClose(found.elements, reference.elements, 2e-4, "\(what), \(name)")
      let norms = [found, reference].map { Compute.reference.sumOfSquares($0).squareRoot() }
      #expect(abs(norms[0] - norms[1]) <= 1e-3 * norms[1], "\(what), \(name)")
    }
  }

  @Test(arguments: models, TrainingFixture.Layout.allCases)
  func everyAdapterGradientIsTorchs(model: String, layout: TrainingFixture.Layout) throws {
    let (backbone, expert, fixture) = try Self.fixture(model)
    let expected = try ModelFixture.tensors("\(model)/training/gradients.safetensors")
    let batch = fixture.batch(layout)
    #expect(expert.parameterIDs.count == expected.count)
    for compute in everyBackend {
      for checkpointing in [false, true] {
        let tape = Tape(training: expert.parameterIDs)
        let found = try Self.rewards(
          Graph(compute, tape: tape), backbone, expert, batch, checkpointing: checkpointing)
        let (loss, seed) = TrainingFixture.loss(found.value)
        tape.backward(from: found, seed: seed, compute)
        let what = "\(model) \(layout) \(compute.backend) \(compute.threads)"
        expectClose(
          found.value.elements, zip(fixture.step0.chosen, fixture.step0.rejected).flatMap { [$0, $1] }, 1e-5, what)
        #expect(abs(loss - fixture.step0.loss) < 1e-5)
        #expect(tape.gradients.count == expected.count)
        try Self.compare(tape.gradients, expert, expected, Self.key, what)
      }
    }
  }

  @Test(arguments: models, ["adam", "adamw"])
  func tenStepsGiveTorchsLossesAndWeights(model: String, optimizer: String) throws {
    let (backbone, initial, fixture) = try Self.fixture(model)
    let run = optimizer == "adam" ? fixture.adam : fixture.adamw
    let expected = try ModelFixture.tensors("\(model)/training/final-\(optimizer).safetensors")
    let batch = fixture.batch(.sharedPrefix)
    var expert = initial
    let (losses, norms) = try TrainingFixture.steps(
      run, on: fastCompute, trained: expert.parameterIDs, visit: { expert.visitParameters("", $0) },
      rewards: { try Self.rewards($0, backbone, expert, batch) })
    let what = "\(model) \(optimizer)"
    expectClose(losses, run.losses, 1e-4, relativeTo: 1, "\(what), losses")
    expectClose(norms, run.gradientNorms, 1e-3, "\(what), gradient norms")
    for (path, value) in expert.parameterValues() {
      // Adam divides small gradients by themselves, so that rounding grows.
      expectClose(
        value.elements, try #require(expected[Self.key(path)]).elements, 5e-4, relativeTo: 1, "\(what), \(path)")
    }
  }

  @Test func fullFineTuningGivesTorchsGradientsAndLosses() throws {
    let frozen = try ModelFixture.backbone("llama")
    let fixture = try ModelFixture.folder.decode(TrainingFixture.self, "llama/training-full/training.json")
    let expected = try ModelFixture.tensors("llama/training-full/gradients.safetensors")
    let embedding = try frozen.embed((0..<Int32(frozen.configuration.vocabularySize)).map { $0 })
    for compute in everyBackend {
      for layout in TrainingFixture.Layout.allCases {
        let batch = fixture.batch(layout)
        let rows = batch.ids.map { Int($0) }
        var backbone = frozen
        for layer in backbone.layers.indices {
          for projection in Projection.allCases {
            backbone.layers[layer][projection] = backbone.layers[layer][projection].unfrozen()
          }
        }
        var head = ValueHead(Matrix(row: try #require(fixture.head)))
        var table = Parameter(embedding)
        let trained = backbone.parameterIDs.union(head.parameterIDs).union([table.id])
        #expect(trained.count == expected.count)

        func rewards(_ graph: Graph) -> Variable {
          let x = backbone.run(
            graph, graph.gather(graph.variable(table), rows: rows), batch.layout, layers: 0..<3,
            keepingLast: batch.layout.lastRows)
          return head(graph, backbone.normalize(graph, x))
        }
        let tape = Tape(training: trained)
        let found = rewards(Graph(compute, tape: tape))
        tape.backward(from: found, seed: TrainingFixture.loss(found.value).gradient, compute)
        let what = "full \(layout) \(compute.backend) \(compute.threads)"
        try Self.compare(tape.gradients, backbone, expected, { "model." + $0 }, what)
        try Self.compare(tape.gradients, head, expected, { $0 }, what)
        expectClose(
          try #require(tape.gradients[table.id]), try #require(expected["model.embed_tokens.weight"]), 2e-4,
          "\(what), embedding")

        guard compute.backend == fastCompute.backend, layout == .sharedPrefix else { continue }
        let (losses, _) = TrainingFixture.steps(
          fixture.adam, on: compute, trained: trained,
          visit: { body in
            backbone.visitParameters("", body)
            head.visitParameters("", body)
            body("", &table)
          }, rewards: rewards)
        expectClose(losses, fixture.adam.losses, 1e-4, relativeTo: 1, "\(what), losses")
      }
    }
  }

  @Test func expertsInOneBatchGetTheirOwnGradients() throws {
    let (backbone, first, fixture) = try Self.fixture("llama")
    let model = try TinyModel.model(backbone: backbone)
    var second = first
    second.adapter = TinyModel.adapter(backbone.configuration, rank: 3, seed: 8)
    let batch = fixture.batch(.sharedPrefix)
    func gradients(_ experts: [Expert], checkpointing: Bool) throws -> (Matrix, [ParameterID: Matrix]) {
      let tape = Tape(training: experts.reduce(into: []) { $0.formUnion($1.adapter.parameterIDs) })
      let states = try model.reader.states(
        Graph(.reference, tape: tape), batch, experts: experts.map { [$0.adapter] }, checkpointing: checkpointing
      ).texts
      let rows = states.rows / experts.count
      let seed = randomMatrix(rows, states.columns, seed: 1)
      let all = experts.reduce(Matrix(zeros: 0, states.columns)) { sum, _ in sum.stacked(over: seed) }
      tape.backward(from: states, seed: all, .reference)
      return (states.value, tape.gradients)
    }
    let alone = try [first, second].map { try gradients([$0], checkpointing: false) }
    for checkpointing in [false, true] {
      let (states, together) = try gradients([first, second], checkpointing: checkpointing)
      expectClose(states, alone[0].0.stacked(over: alone[1].0), 1e-5)
      #expect(together.count == alone[0].1.count + alone[1].1.count)
      for (id, gradient) in alone[0].1.merging(alone[1].1, uniquingKeysWith: { $1 }) {
        expectClose(try #require(together[id]), gradient, 1e-4)
      }
    }
  }
}
